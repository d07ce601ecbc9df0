"""Schemas of the tables of the chain's thermodynamics."""

from __future__ import annotations

from openkerr.analysis.labels import DOMAINS, ESTIMATORS, MODELS, RULES
from openkerr.studies.chain_columns import DRIVE, LENGTH, SITE, SITE_IN_CHAIN, WINDOW
from openkerr.tables.columns import Column, TableSchema, estimate

__all__ = [
    "CHAIN_DOMAINS",
    "CHAIN_DOMAIN_SCALING",
    "CHAIN_ENTROPY",
    "CHAIN_INTENSITY_WINDOWS",
    "CHAIN_LOCAL_EQUILIBRIUM",
    "CHAIN_PHASE_RATES",
    "CHAIN_THERMOMETER_BIAS",
    "CHAIN_THERMOMETRY",
]

_CASE = (LENGTH, DRIVE)
_KEY = ("length", "drive_amplitude")

STATES = ("described", "not_described", "at_bound", "at_edge", "not_converged", "moments")

CHAIN_THERMOMETRY = TableSchema(
    "chain_thermometry",
    "Temperature and chemical potential of every site by local states of two parameters, and by equipartition.",
    (
        *_CASE,
        SITE,
        Column(
            "model",
            "text",
            "",
            "Gibbs state of U a+²a²/2 and a+a; steady states of the two-photon and of the generalised Scully-Lamb "
            "impurity; or equipartition, T = Delta <p²>.",
            allowed=(*MODELS, "equipartition"),
        ),
        Column("estimator", "text", "", "What the fit makes best.", allowed=(*ESTIMATORS, "moments")),
        *estimate(
            "temperature",
            "gamma",
            "T; two-photon: U (gain + loss)/(4 eta), Scully-Lamb: U/(2 s); empty where 1/T is not three standard "
            "errors from zero.",
            nullable=True,
        ),
        *estimate("chemical_potential", "gamma", "mu; empty where T is, and for equipartition.", nullable=True),
        *estimate("mu_over_t", "1", "mu/T, ln(gain/loss) of the impurities; empty for equipartition.", nullable=True),
        *estimate(
            "residual",
            "1",
            "Relative L2 distance of W over the plane from the fit, the counts' noise taken off; equipartition: of "
            "P(p) from its Gaussian.",
            minimum=0.0,
        ),
        *estimate(
            "inverse_temperature", "1/gamma", "1/T, of either sign for Gibbs; empty for equipartition.", nullable=True
        ),
        *estimate(
            "nonlinear_rate",
            "1",
            "U/(2T), eta or s, in units of the impurity's loss; empty for equipartition.",
            nullable=True,
        ),
        Column(
            "correlation",
            "number",
            "1",
            "Correlation of mu_over_t and nonlinear_rate; empty where one of them does not move.",
            nullable=True,
            minimum=-1.0 - 1e-9,
            maximum=1.0 + 1e-9,
        ),
        *estimate(
            "divergence",
            "1",
            "Kullback-Leibler divergence of the radial counts from the fit in nats, that of mere noise taken off: near "
            "zero, of either sign, for a state that is the model's; empty for equipartition.",
            nullable=True,
        ),
        Column(
            "state",
            "text",
            "",
            "described: divergence below 0.0018 nats, within three standard errors, so that no event is missed by "
            "more than 3 %; at_bound: the nonlinear rate is zero, as the site's tail is heavier than any such "
            "state's; at_edge: T < 0, and the fit hangs on the greatest photon number that is kept.",
            allowed=STATES,
        ),
        Column("n_trajectories", "integer", "1", "Number of trajectories behind the estimate.", minimum=1),
        WINDOW,
    ),
    key=(*_KEY, "site", "model", "estimator"),
    rules=(SITE_IN_CHAIN,),
)

CHAIN_ENTROPY = TableSchema(
    "chain_entropy",
    "Wigner entropy of every site.",
    (
        *_CASE,
        SITE,
        *estimate("entropy", "1", "- integral of W ln W over Re and Im of alpha."),
        *estimate("gaussian_entropy", "1", "That of a Gaussian about zero with the same photon number: the greatest."),
    ),
    key=(*_KEY, "site"),
    rules=(SITE_IN_CHAIN,),
)

CHAIN_LOCAL_EQUILIBRIUM = TableSchema(
    "chain_local_equilibrium",
    "Photon statistics and momenta of every site, and the temperature of a site together with its neighbours.",
    (
        *_CASE,
        SITE,
        *estimate("photon_number", "1", "Mean photon number."),
        *estimate(
            "g2", "1", "Second-order coherence: 2 in a Gaussian, more in no Gibbs state with T > 0.", nullable=True
        ),
        *estimate("circular_variance", "1", "1 - |<exp(i theta)>|."),
        *estimate("momentum_kurtosis", "1", "Excess kurtosis of p = sqrt(2) Im alpha: 0 in a Gaussian."),
        *estimate(
            "inverse_temperature",
            "1/gamma",
            "1/T of interaction and hopping together, by identities of the grand-canonical state; empty at the ends.",
            nullable=True,
        ),
        *estimate("mu_over_t", "1", "mu/T by the same identities; empty at the ends.", nullable=True),
    ),
    key=(*_KEY, "site"),
    rules=(SITE_IN_CHAIN,),
)

_DOMAIN = (
    Column(
        "rule",
        "text",
        "",
        "Where the prethermal domain ends: where mu/T of the Gibbs fit turns negative, or where its T is greatest.",
        allowed=RULES,
    ),
    Column(
        "domain",
        "text",
        "",
        "nonsymmetric: circular variance below its bound; prethermal, thermal: before and beyond the rule's place.",
        allowed=DOMAINS,
    ),
)

CHAIN_DOMAINS = TableSchema(
    "chain_domains",
    "Sizes of the domains of the chaotic chain by stated rules.",
    (*_CASE, *_DOMAIN, *estimate("size", "sites", "Sites of the domain, linear between them.", minimum=0.0)),
    key=(*_KEY, "rule", "domain"),
)

CHAIN_DOMAIN_SCALING = TableSchema(
    "chain_domain_scaling",
    "Straight lines through the sizes of domains against the length of the chain.",
    (
        DRIVE,
        *_DOMAIN,
        *estimate("slope", "1", "Sites of the domain a site of the chain."),
        *estimate("intercept", "sites", "Size at length zero."),
        Column("deviation", "number", "sites", "Scatter of the sizes about the line.", minimum=0.0),
        Column("n_lengths", "integer", "1", "Number of lengths.", minimum=3),
        Column("length_min", "integer", "sites", "Shortest chain.", minimum=2),
        Column("length_max", "integer", "sites", "Longest chain.", minimum=2),
    ),
    key=("drive_amplitude", "rule", "domain"),
)

CHAIN_THERMOMETER_BIAS = TableSchema(
    "chain_thermometer_bias",
    "What the thermometers make of chains drawn from known states, hopping included.",
    (
        Column("length", "integer", "1", "Number of sites; the middle half is fitted.", minimum=2),
        Column("temperature", "number", "gamma", "T of the chains.", above=0.0),
        Column("chemical_potential", "number", "gamma", "mu of the chains."),
        Column(
            "model",
            "text",
            "",
            "State of one site, fitted by maximum likelihood, or the identities with hopping.",
            allowed=(*MODELS, "hopping"),
        ),
        *estimate("fitted_temperature", "gamma", "T found."),
        *estimate("fitted_chemical_potential", "gamma", "mu found."),
        *estimate("fitted_mu_over_t", "1", "mu/T found."),
        *estimate("divergence", "1", "Kullback-Leibler divergence of the counts from the fit, in nats.", nullable=True),
        *estimate("photon_number", "1", "Mean photon number."),
        *estimate("g2", "1", "Second-order coherence."),
        Column("n_chains", "integer", "1", "Number of independent chains.", minimum=1),
    ),
    key=("length", "temperature", "chemical_potential", "model"),
)

_TERM = "term of sum_i A_i exp(-gamma_i tau) cos(omega_i tau); terms by falling modulus of A"

CHAIN_PHASE_RATES = TableSchema(
    "chain_phase_rates",
    "Rates at which sites lose their phase: damped cosines, and the impurities' own correlation.",
    (
        *_CASE,
        SITE,
        Column(
            "model",
            "text",
            "",
            "One or two damped cosines; or an impurity with the ratios of rates of the site's steady state.",
            allowed=("one_rate", "two_rates", "two_photon", "scully_lamb"),
        ),
        *(
            column
            for term, nullable in ((1, True), (2, True))
            for column in (
                *estimate(f"amplitude_{term}", "1", f"A of {_TERM}.", nullable=nullable),
                *estimate(f"decay_rate_{term}", "gamma", f"gamma of {_TERM}.", nullable=nullable),
                *estimate(
                    f"frequency_{term}",
                    "gamma",
                    f"omega of {_TERM}." + (" Impurity: shift of its frequency." if term == 1 else ""),
                    nullable=nullable,
                ),
            )
        ),
        *estimate("loss_rate", "gamma", "Loss of the impurity, which sets the size of its rates.", nullable=True),
        *estimate("dephasing_rate", "gamma", "Gamma_phi of the impurity, not negative.", nullable=True),
        *estimate("nonlinear_rate", "as stated", "eta in gamma, or s, a pure number.", nullable=True),
        Column(
            "criterion",
            "number",
            "1",
            "chi² + 2 trace(H^-1 K), Takeuchi's criterion, of the real part of C for cosines and of both parts for "
            "impurities: the least of the cosines' is chosen.",
        ),
        Column("deviation", "number", "1", "Relative L2 distance of C from the fit.", minimum=0.0),
        Column("fitted_lag", "number", "1/gamma", "Greatest lag of the fit: where |C| falls below 0.02.", above=0.0),
        Column(
            "state",
            "text",
            "",
            "chosen by the criterion and resolved; resolved; degenerate: the data do not tell two parameters or the "
            "two terms apart; at_bound: the loss ends at the range that is searched.",
            allowed=("chosen", "resolved", "degenerate", "at_bound", "not_converged"),
        ),
    ),
    key=(*_KEY, "site", "model"),
    rules=(SITE_IN_CHAIN,),
)

CHAIN_INTENSITY_WINDOWS = TableSchema(
    "chain_intensity_windows",
    "Second-order coherence within windows of time: does the intensity's mean drift?",
    (
        *_CASE,
        SITE,
        Column("window", "number", "1/gamma", "Length of the window.", above=0.0),
        *estimate(
            "g2_within",
            "1",
            "<n² - n> over the mean square of n averaged over the window: 2 where light is Gaussian at every moment "
            "and its mean moves slower than the window, g2 for endless windows.",
        ),
    ),
    key=(*_KEY, "site", "window"),
    rules=(SITE_IN_CHAIN,),
)
