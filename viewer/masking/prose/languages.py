"""The language of a text, by its most frequent small words."""

import re

ENGLISH = "en"
_SMALL = {
    ENGLISH: "the of and to in a is was for with on that this by from at he she his her are not has had have be or my your you i",
    "de": "der die das und ist nicht mit von ein eine zu den im am auf für wurde bei des dem sich auch nach als zum zur keine geboren",
    "es": "el la de que y en los se del las por con una para su al es no presenta fue como a paciente años se nacida nacido",
    "fr": "le la les de des et est du un une dans que pour par sur avec au aux ne pas ce cette chez il elle patient née né",
    "it": "il lo la gli le di e che è un una per con del della nel non si da al alla dei sono paziente nato nata",
    "nl": "de het een en van is in op te met voor dat niet zijn bij aan door werd ook als naar geboren patiënt",
    "pt": "o a os as de e que do da em um uma para com não por se no na dos das ao foi paciente nascida nascido",
}
FOREIGN = tuple(language for language in _SMALL if language != ENGLISH)
_WORDS = {language: frozenset(words.split()) for language, words in _SMALL.items()}
_WORD = re.compile(r"[^\W\d_]+")
_LOOKED_AT = 4_000  # code points


def language_of(text: str) -> str:
    """One of `en de es fr it nl pt`; English if nothing speaks for another."""
    words = _WORD.findall(text[:_LOOKED_AT].lower())
    votes = {language: sum(word in small for word in words) for language, small in _WORDS.items()}
    best = max(votes, key=lambda language: (votes[language], language == ENGLISH))
    return best if votes[best] > votes[ENGLISH] + 1 or (votes[best] > votes[ENGLISH] == 0) else ENGLISH
