"""The errors a user can meet: each names the value, what was expected, and the remedy."""

from __future__ import annotations


class ExpressivityError(Exception):
    """Base of every error this library raises on purpose; the command line prints its text and exits with 2."""


class LanguageError(ExpressivityError, ValueError):
    """A language could not be read, or a word does not belong to its alphabet."""


class NetworkError(ExpressivityError, ValueError):
    """A network, a layer or one of their arrays is malformed, or a network file is corrupt or foreign."""


class GroupError(ExpressivityError, ValueError):
    """Rows are no permutations, or a question about a group is beyond the budget; the text says which."""


class FormatError(ExpressivityError, ValueError):
    """A number format or arithmetic is unknown or impossible, or a value has no meaning in it."""


class TemplateError(ExpressivityError, ValueError):
    """A relational template, its facts or a graph are malformed or do not fit; the text lists every problem."""


class CertificateError(ExpressivityError, ValueError):
    """A certificate is malformed, or one of its claims does not hold."""


class DefectError(ExpressivityError):
    """Two parts of this library contradict each other, so that one of them is wrong; please report it."""


class ExperimentError(ExpressivityError, ValueError):
    """A sweep cannot start or go on: a wrong job, store, scheduler or file for its output; the text says which."""


class SeriesError(ExpressivityError, ValueError):
    """Values are no series, or too few or too degenerate for what is asked; the text says which."""


class NotFitted(SeriesError, AttributeError):  # noqa: N818 (the field's name for it)
    """A learner was asked for results before `fit`."""


class WeightedAutomatonError(ExpressivityError, ValueError):
    """A weighted automaton is malformed, or what is asked of it needs exact weights or finitely many values."""


class CannotCompile(ExpressivityError):  # noqa: N818 (the name the interface fixes)
    """No network of the family recognises the language, or no construction at hand covers it; the text says which.

    Arguments:
        message: the reason.
        proved: whether a theorem forbids every network of the family, so that no other construction can help.
    """

    def __init__(self, message: str, *, proved: bool = False) -> None:
        super().__init__(message)
        self.proved = proved
