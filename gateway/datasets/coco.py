"""COCO, from the native annotations: pure, with a loss report.

Boxes and polygons have a place in COCO's instances; a point is written as one keypoint-free annotation and counted as a loss.
Coordinates are image space, corner-based, as COCO's own.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from gateway.stream.shapes import Box, Geometry, Point, Polygon

Json = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """One frame of an item, as a dataset sees it: `name` is pseudonymous (item id and frame position)."""

    name: str
    item: str
    frame: int
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """One annotation: `geometry` as on the wire ({"type": "box" | "polygon" | "point", …})."""

    id: str
    item: str
    frame: int
    label: str
    geometry: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Coco:
    """The document, and what it could not hold: kind → count."""

    document: Json
    losses: Mapping[str, int] = field(default_factory=dict)


def to_coco(pictures: Sequence[Picture], shapes: Sequence[Shape], labels: Sequence[str]) -> Coco:
    """COCO instances of `shapes` on `pictures`; ids count from 1 in the order given."""
    picture_id = {(p.item, p.frame): number for number, p in enumerate(pictures, 1)}
    category_id = {label: number for number, label in enumerate(labels, 1)}
    losses: Counter[str] = Counter()
    annotations: list[Json] = []
    for shape in shapes:
        instance = _instance(shape.geometry)
        if instance is None:
            losses[f"{shape.geometry['type']} annotations"] += 1
            continue
        annotations.append(
            {
                "id": len(annotations) + 1,
                "image_id": picture_id[shape.item, shape.frame],
                "category_id": category_id[shape.label],
                "iscrowd": 0,
                **instance,
            }
        )
    images: list[Json] = [
        {"id": number, "file_name": p.name, "width": p.width, "height": p.height}
        for number, p in enumerate(pictures, 1)
    ]
    categories: list[Json] = [{"id": category_id[each], "name": each} for each in labels]
    return Coco(
        document={"images": images, "annotations": annotations, "categories": categories}, losses=dict(losses)
    )


def _instance(geometry: Mapping[str, object]) -> Json | None:
    shape: Box | Polygon | Point = msgspec.convert(
        geometry, Geometry
    )  # INVARIANT: it was checked by the same types when it came in
    match shape:
        case Box(x=x, y=y, w=w, h=h):
            return {"bbox": [x, y, w, h], **_outline([(x, y), (x + w, y), (x + w, y + h), (x, y + h)])}
        case Polygon(points=points):
            xs, ys = [x for x, _ in points], [y for _, y in points]
            box = [min(xs), min(ys), max(xs) - min(xs), max(ys) - min(ys)]
            return {"bbox": box, **_outline(points)}
        case Point():
            return None


def _outline(ring: Sequence[tuple[float, float]]) -> Json:
    return {"area": ring_area(ring), "segmentation": [[number for point in ring for number in point]]}


def ring_area(ring: Sequence[tuple[float, float]]) -> float:
    """Area in square pixels of a closed ring, by the shoelace formula."""
    following = [*ring[1:], ring[0]]
    return abs(sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in zip(ring, following, strict=True))) / 2
