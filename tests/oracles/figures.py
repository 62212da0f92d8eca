"""What every figure is checked for: no text outside the figure, no two texts on each other."""

from __future__ import annotations

from itertools import combinations


def drawn_texts(figure):
    """(text, bounding box in pixels) of every visible text."""
    texts, renderer = visible_texts(figure)
    return [(text.get_text(), text.get_window_extent(renderer)) for text in texts]


def visible_texts(figure):
    """The visible texts of a figure once it is drawn, and what measures them."""
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.text import Text

    figure.set_dpi(200)  # as it is saved
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
    found = [t for t in figure.findobj(Text) if t.get_visible() and t.get_text().strip() and t not in idle]
    return found, renderer


def outside(figure):
    """Texts that leave the figure."""
    texts = drawn_texts(figure)
    width, height = figure.bbox.width, figure.bbox.height
    return [text for text, box in texts if box.x0 < 0 or box.y0 < 0 or box.x1 > width or box.y1 > height]


def corners(text, renderer):
    """Corners of a text's own rectangle, turned as the text is."""
    import numpy as np

    turn, origin = np.radians(text.get_rotation()), text.get_transform().transform(text.get_position())
    if text.get_rotation() % 90 == 0:
        box = text.get_window_extent(renderer)
        return np.array([(box.x0, box.y0), (box.x1, box.y0), (box.x1, box.y1), (box.x0, box.y1)])
    angle = text.get_rotation()
    text.set_rotation(0)
    box = text.get_window_extent(renderer)
    text.set_rotation(angle)
    flat = np.array([(box.x0, box.y0), (box.x1, box.y0), (box.x1, box.y1), (box.x0, box.y1)]) - origin
    return origin + flat @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])


def apart(one, other):
    """Whether a side of one of two rectangles separates them but for two pixels."""
    import numpy as np

    for shape in (one, other):
        for k in (0, 1):
            side = shape[k + 1] - shape[k]
            side = side / max(np.linalg.norm(side), 1e-9)
            first, second = one @ side, other @ side
            if min(first.max(), second.max()) - max(first.min(), second.min()) <= 2:
                return True
    return False


def overlapping(figure):
    """Pairs of texts whose rectangles share more than a sliver."""
    texts, renderer = visible_texts(figure)
    shapes = [(text.get_text(), corners(text, renderer)) for text in texts]
    return [(first, second) for (first, a), (second, b) in combinations(shapes, 2) if not apart(a, b)]


def too_small(figure):
    """Texts of less than 6 points."""
    return [text.get_text() for text in visible_texts(figure)[0] if text.get_fontsize() < 6]
