"""What every figure is checked for: no text outside the figure, no two texts on each other."""

from __future__ import annotations

from itertools import combinations


def drawn_texts(figure):
    """(text, bounding box in pixels) of every visible text."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.text import Text

    canvas = FigureCanvasAgg(figure)
    canvas.draw()
    renderer = canvas.get_renderer()
    idle = set()
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            low, high = sorted(axis.get_view_interval())
            for tick in [*axis.get_major_ticks(), *axis.get_minor_ticks()]:
                if not low <= tick.get_loc() <= high or not axes.axison:
                    idle |= {tick.label1, tick.label2}
    return [
        (text.get_text(), text.get_window_extent(renderer))
        for text in figure.findobj(Text)
        if text.get_visible() and text.get_text().strip() and text not in idle
    ]


def outside(figure):
    """Texts that leave the figure."""
    width, height = figure.bbox.width, figure.bbox.height
    return [
        text
        for text, box in drawn_texts(figure)
        if box.x0 < -1 or box.y0 < -1 or box.x1 > width + 1 or box.y1 > height + 1
    ]


def overlapping(figure):
    """Pairs of texts whose boxes share more than a sliver."""
    pairs = []
    for (first, a), (second, b) in combinations(drawn_texts(figure), 2):
        across = min(a.x1, b.x1) - max(a.x0, b.x0)
        up = min(a.y1, b.y1) - max(a.y0, b.y0)
        if across > 2 and up > 2:
            pairs.append((first, second))
    return pairs
