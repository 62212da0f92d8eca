"""Everything a sceptic must read: certificates are checked here, from nothing but Python's standard library.

Nothing in this folder imports anything but the standard library and this folder; a test holds the rule. The search that
made a certificate shares no code with it. On the command line:

    python -m expressivity.checker FILE

"""

from expressivity.checker.certificates import check as check
from expressivity.checker.certificates import same_language as same_language
from expressivity.checker.errors import Rejected as Rejected
from expressivity.checker.invariants import MOST_STEPS as MOST_STEPS
from expressivity.checker.reading import load as load
