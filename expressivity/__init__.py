"""Decide what linear RNNs can express: compile, certify and refute formal languages.

Names are loaded when they are first used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from expressivity.algebra.facts import Profile as Profile
    from expressivity.algebra.profile import describe as describe
    from expressivity.arithmetic.matvec import matvec as matvec
    from expressivity.arithmetic.rounding import round_to as round_to
    from expressivity.arithmetic.spec import parse_arithmetic as parse_arithmetic
    from expressivity.automaton import Automaton as Automaton
    from expressivity.constructions.compiler import compile as compile
    from expressivity.errors import CannotCompile as CannotCompile
    from expressivity.errors import CertificateError as CertificateError
    from expressivity.errors import DefectError as DefectError
    from expressivity.errors import ExperimentError as ExperimentError
    from expressivity.errors import ExpressivityError as ExpressivityError
    from expressivity.errors import FormatError as FormatError
    from expressivity.errors import GroupError as GroupError
    from expressivity.errors import LanguageError as LanguageError
    from expressivity.errors import NetworkError as NetworkError
    from expressivity.errors import NotFitted as NotFitted
    from expressivity.errors import SeriesError as SeriesError
    from expressivity.errors import TemplateError as TemplateError
    from expressivity.errors import WeightedAutomatonError as WeightedAutomatonError
    from expressivity.exact import ExactArray as ExactArray
    from expressivity.exact.spectra import Spectrum as Spectrum
    from expressivity.exact.spectra import spectrum as spectrum
    from expressivity.experiments.counting.candidates import Search as Search
    from expressivity.experiments.counting.hunt import hunt as hunt
    from expressivity.experiments.counting.witnesses import load_witness as load_witness
    from expressivity.experiments.counting.witnesses import verify_witness as verify_witness
    from expressivity.experiments.counting.witnesses import witness_names as witness_names
    from expressivity.experiments.horizons.horizon_table import horizons as horizons
    from expressivity.experiments.horizons.pictures import horizon_figure as horizon_figure
    from expressivity.languages import language as language
    from expressivity.languages import save_language as save_language
    from expressivity.languages import zoo_names as zoo_names
    from expressivity.networks.families import FAMILIES as FAMILIES
    from expressivity.networks.layer import Layer as Layer
    from expressivity.networks.network import Network as Network
    from expressivity.plots.automata import automata_figure as automata_figure
    from expressivity.plots.cascades import cascade_figure as cascade_figure
    from expressivity.plots.egg_boxes import egg_box_figure as egg_box_figure
    from expressivity.plots.eigenvalues import eigenvalue_figure as eigenvalue_figure
    from expressivity.plots.orbits import drift_figure as drift_figure
    from expressivity.plots.orbits import orbit_figure as orbit_figure
    from expressivity.relational.language.template_text import parse_template as parse_template
    from expressivity.relational.language.templates import Template as Template
    from expressivity.relational.separation.refute import Inseparable as Inseparable
    from expressivity.relational.separation.separate import Separated as Separated
    from expressivity.simulation.simulate import final_states as final_states
    from expressivity.simulation.simulate import simulate as simulate
    from expressivity.spectral.closed_form import closed_form as closed_form
    from expressivity.spectral.estimator import LinearRecurrence as LinearRecurrence
    from expressivity.spectral.exact_recurrence import exact_recurrence as exact_recurrence
    from expressivity.spectral.identification import IdentificationWarning as IdentificationWarning
    from expressivity.spectral.long_run import long_run as long_run
    from expressivity.spectral.weighted_automaton import WeightedAutomaton as WeightedAutomaton
    from expressivity.spectral.weighted_automaton import hankel_rank as hankel_rank
    from expressivity.testing import assert_recognises as assert_recognises
    from expressivity.testing import assert_verified as assert_verified
    from expressivity.verification.answers import Certificate as Certificate
    from expressivity.verification.answers import Counterexample as Counterexample
    from expressivity.verification.answers import Equivalent as Equivalent
    from expressivity.verification.answers import Impossible as Impossible
    from expressivity.verification.answers import NetworkRefutation as NetworkRefutation
    from expressivity.verification.answers import Open as Open
    from expressivity.verification.answers import Undecided as Undecided
    from expressivity.verification.overview import compile_all as compile_all
    from expressivity.verification.realise import Realisation as Realisation
    from expressivity.verification.realise import realisation as realisation
    from expressivity.verification.realise import realise as realise
    from expressivity.verification.refute import refute as refute
    from expressivity.verification.refute_network import refute_network as refute_network
    from expressivity.verification.repeats.cycles import Periodicity as Periodicity
    from expressivity.verification.repeats.cycles import period as period
    from expressivity.verification.repeats.periods import EventualPeriod as EventualPeriod
    from expressivity.verification.repeats.periods import NotDecided as NotDecided
    from expressivity.verification.repeats.periods import eventual_period as eventual_period
    from expressivity.verification.traces import Trace as Trace
    from expressivity.verification.traces import trace as trace
    from expressivity.verification.verify import check_certificate as check_certificate
    from expressivity.verification.verify import verify as verify

__version__ = "0.1.0"

_HOMES = {
    "Automaton": "expressivity.automaton",
    "CannotCompile": "expressivity.errors",
    "Certificate": "expressivity.verification.answers",
    "CertificateError": "expressivity.errors",
    "Counterexample": "expressivity.verification.answers",
    "Equivalent": "expressivity.verification.answers",
    "DefectError": "expressivity.errors",
    "EventualPeriod": "expressivity.verification.repeats.periods",
    "ExactArray": "expressivity.exact",
    "ExperimentError": "expressivity.errors",
    "ExpressivityError": "expressivity.errors",
    "FAMILIES": "expressivity.networks.families",
    "FormatError": "expressivity.errors",
    "GroupError": "expressivity.errors",
    "IdentificationWarning": "expressivity.spectral.identification",
    "Impossible": "expressivity.verification.answers",
    "Open": "expressivity.verification.answers",
    "Inseparable": "expressivity.relational.separation.refute",
    "LanguageError": "expressivity.errors",
    "Layer": "expressivity.networks.layer",
    "LinearRecurrence": "expressivity.spectral.estimator",
    "Network": "expressivity.networks.network",
    "NetworkError": "expressivity.errors",
    "NetworkRefutation": "expressivity.verification.answers",
    "NotDecided": "expressivity.verification.repeats.periods",
    "NotFitted": "expressivity.errors",
    "Periodicity": "expressivity.verification.repeats.cycles",
    "Profile": "expressivity.algebra.facts",
    "Realisation": "expressivity.verification.realise",
    "Search": "expressivity.experiments.counting.candidates",
    "Separated": "expressivity.relational.separation.separate",
    "SeriesError": "expressivity.errors",
    "Spectrum": "expressivity.exact.spectra",
    "Template": "expressivity.relational.language.templates",
    "TemplateError": "expressivity.errors",
    "Trace": "expressivity.verification.traces",
    "Undecided": "expressivity.verification.answers",
    "WeightedAutomaton": "expressivity.spectral.weighted_automaton",
    "WeightedAutomatonError": "expressivity.errors",
    "assert_recognises": "expressivity.testing",
    "assert_verified": "expressivity.testing",
    "automata_figure": "expressivity.plots.automata",
    "cascade_figure": "expressivity.plots.cascades",
    "check_certificate": "expressivity.verification.verify",
    "closed_form": "expressivity.spectral.closed_form",
    "compile": "expressivity.constructions.compiler",
    "compile_all": "expressivity.verification.overview",
    "describe": "expressivity.algebra.profile",
    "drift_figure": "expressivity.plots.orbits",
    "egg_box_figure": "expressivity.plots.egg_boxes",
    "eigenvalue_figure": "expressivity.plots.eigenvalues",
    "eventual_period": "expressivity.verification.repeats.periods",
    "exact_recurrence": "expressivity.spectral.exact_recurrence",
    "final_states": "expressivity.simulation.simulate",
    "hankel_rank": "expressivity.spectral.weighted_automaton",
    "horizon_figure": "expressivity.experiments.horizons.pictures",
    "horizons": "expressivity.experiments.horizons.horizon_table",
    "hunt": "expressivity.experiments.counting.hunt",
    "language": "expressivity.languages",
    "load_witness": "expressivity.experiments.counting.witnesses",
    "long_run": "expressivity.spectral.long_run",
    "matvec": "expressivity.arithmetic.matvec",
    "orbit_figure": "expressivity.plots.orbits",
    "parse_arithmetic": "expressivity.arithmetic.spec",
    "parse_template": "expressivity.relational.language.template_text",
    "period": "expressivity.verification.repeats.cycles",
    "realisation": "expressivity.verification.realise",
    "realise": "expressivity.verification.realise",
    "refute": "expressivity.verification.refute",
    "refute_network": "expressivity.verification.refute_network",
    "round_to": "expressivity.arithmetic.rounding",
    "save_language": "expressivity.languages",
    "simulate": "expressivity.simulation.simulate",
    "spectrum": "expressivity.exact.spectra",
    "trace": "expressivity.verification.traces",
    "verify": "expressivity.verification.verify",
    "verify_witness": "expressivity.experiments.counting.witnesses",
    "witness_names": "expressivity.experiments.counting.witnesses",
    "zoo_names": "expressivity.languages",
}

__all__ = sorted([*_HOMES, "__version__"])


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return __all__
