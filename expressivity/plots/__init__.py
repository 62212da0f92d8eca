"""Figures from what the library returns: each function gives a Matplotlib figure, and nothing global changes.

Needs Matplotlib (`pip install "expressivity[playground]"`). Figures have no titles, which belong into a caption; they
read in grey and with any colour vision, and stay vectors when saved as SVG or PDF.
"""

from expressivity.plots.automata import automata_figure as automata_figure
from expressivity.plots.cascades import cascade_figure as cascade_figure
from expressivity.plots.egg_boxes import egg_box_figure as egg_box_figure
from expressivity.plots.eigenvalues import eigenvalue_figure as eigenvalue_figure
from expressivity.plots.horizons import HorizonCell as HorizonCell
from expressivity.plots.horizons import HorizonPanel as HorizonPanel
from expressivity.plots.horizons import horizon_heat_map as horizon_heat_map
from expressivity.plots.mirrors import mirror_figure as mirror_figure
from expressivity.plots.orbits import drift_figure as drift_figure
from expressivity.plots.orbits import orbit_figure as orbit_figure
from expressivity.plots.style import ENDINGS as ENDINGS
from expressivity.plots.style import check_plot_file as check_plot_file
from expressivity.plots.style import need_matplotlib as need_matplotlib
from expressivity.plots.style import save_figure as save_figure
from expressivity.plots.verdicts import verdict_map as verdict_map
