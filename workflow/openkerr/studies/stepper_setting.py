"""Field of the configuration that names a step of a model: the model is asked which it has."""

from __future__ import annotations

from typing import Any

from openkerr.models.base import Model
from openkerr.settings.fields import setting


def stepper_setting(model: type[Model]) -> Any:
    """Required name of a step that the model has."""
    return setting("step of the integrator", choices=model.stepper_names())
