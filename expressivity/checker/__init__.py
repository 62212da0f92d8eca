"""Everything a sceptic must read: certificates are checked here, from nothing but Python's standard library.

Nothing in this folder imports anything but the standard library and this folder, and nothing that searches imports this
folder; tests hold both rules. The search that made a certificate shares no code with its checker, formats and rounding
included. On the command line (exit codes: 0 proved, 1 rejected, 2 not a certificate, 130 interrupted):

    python -m expressivity.checker FILE

*Validate, then check.* A certificate is read by a schema of exact types (`reading`, `records`): a float is no number, 1
is no flag, every field is used or refused, a name is known whole. Decisions are taken on what was read, never on JSON.

*The format.* One JSON object, `"format": "expressivity-certificate"`, `"version": 1`, and a `"claim"`:

| claim | what is shown | where it is checked |
|---|---|---|
| `equivalent` | boxes (or memories of cast terms) closed under every letter, or a cycle | `invariants`, `cast` |
| `counterexample` | a word on which network and automaton differ | `invariants`, `cast` |
| `equivalent-by-period` | from when on the verdicts over one letter repeat, and that they are right | `cast_periods` |
| `refuted-by-period` | from when on verdicts on u·w·w·… repeat, and where the automaton's differ | `cast_periods` |
| `impossible` | what a theorem excludes, shown in the automaton | `impossible` |
| `inseparable` | a colouring that is a winning strategy of the bijective pebble game | `relational` |
| `separated` | a template and its values on two structures | `relational` |

The first five name an `automaton` and an `arithmetic`, the first four also a `network`. A number is an integer or text
p/q, over Q(2cos 2π/N) the list of its coefficients, and NaN and infinities of a state are `"nan"`, `"inf"`, `"-inf"`.

*The promise.* Version 1 is read, and means what it means, in every release of the series 0 and 1; what it proved stays
proved unless a fault of this checker is found, which the changelog then names. A change that would give a certificate
of version 1 another meaning, or make a right one unreadable, takes a new version, and the old one stays readable for
at least two years and two minor releases after that. Unknown versions are rejected, never guessed at.

*Where to begin:* `certificates` is the table of contents, `rounding` all rounding of a run, `reference` what it means.
"""

from expressivity.checker.certificates import check as check
from expressivity.checker.certificates import same_language as same_language
from expressivity.checker.errors import Rejected as Rejected
from expressivity.checker.invariants import MOST_STEPS as MOST_STEPS
from expressivity.checker.reading import load as load
