"""One file a physical system: parameters, Hamiltonian, jump operators and compiled kernels."""
