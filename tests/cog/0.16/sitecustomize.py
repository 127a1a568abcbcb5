"""Lets the models beside this folder run in Cog 0.16, which calls `predict` what is called `run` today, and does not
stream. Python imports this file by its name when it starts, before any model."""

import cog
from cog.server.exceptions import CancelationException


class BaseRunner(cog.BasePredictor):
    def __init_subclass__(cls) -> None:
        cls.predict = cls.run

    def predict(self) -> None:
        raise NotImplementedError

    def record_metric(self, name: str, value: float) -> None:
        """Version 0.16 has no metrics of a model's own."""


cog.BaseRunner = BaseRunner
cog.CancelationException = CancelationException
cog.streaming = lambda run: run
