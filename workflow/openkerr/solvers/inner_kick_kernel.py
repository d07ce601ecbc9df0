# ruff: noqa: F821 -- enter, before_kick, kick, after_kick and leave are bound by openkerr.numerics.compilation.load_kernel
"""Steps with the noise inside: template for `openkerr.solvers.stepper_kernel`.

One step is a symmetric splitting of the Ito equation into the rest S and a kick K, which holds the noise,

    S(h/2) K(h) S(h/2)  =  leave after_kick K(h) before_kick enter,

and a state between two steps is whole: observing it needs no noise.  Where the second half of one S and the first half
of the next are cheaper as one, a trajectory is kept ahead of the observed state: ``enter`` is what it is ahead by, done
once at the start, and ``leave`` undoes it, in a copy.
"""

from openkerr.numerics.compilation import entry


@entry
def take_step(z, noise, number, h, p, scratch):
    """Take one step in place; before step 0 the state is put where it is kept between steps."""
    if number == 0:
        enter(z, h, p)
    before_kick(z, h, p)
    kick(z, noise, h, p)
    after_kick(z, h, p)


@entry
def draw_completion(noise, bridge, number, h, p, seed, first_trajectory):
    """Draw nothing."""
    return False


@entry
def complete(z, copy, bridge, h, p):
    """Take off what the trajectory is ahead of the observed state."""
    return leave(z, copy, h, p)
