"""Lemmas by rule: exceptions first, then endings taken off until a known word is left.

The algorithm is that of WordNet's Morphy (Fellbaum 1998; manual page morphy(7WN)): look the word up among the
exceptions of its part of speech; otherwise replace endings by rule, and keep what is a word. What is a word it knows
from a vocabulary, and there lies its limit: without one the first rule that fits is followed, and "gas" loses its s.
The part of speech has to be told: "leaves" is leaf as a noun and leave as a verb, "saw" is see or saw. A stemmer needs
neither, and gives no words.
"""

from collections.abc import Collection

from groundup.checks import check_choice

__all__ = ["ENDINGS", "IRREGULAR", "Lemmatizer"]

ENDINGS: dict[str, tuple[tuple[str, str], ...]] = {
    "noun": (("s", ""), ("ses", "s"), ("ves", "f"), ("xes", "x"), ("zes", "z"), ("ches", "ch"), ("shes", "sh"),
             ("men", "man"), ("ies", "y")),
    "verb": (("s", ""), ("ies", "y"), ("es", "e"), ("es", ""), ("ed", "e"), ("ed", ""), ("ing", "e"), ("ing", "")),
    "adjective": (("er", ""), ("est", ""), ("er", "e"), ("est", "e")),
    "adverb": (),
}  # fmt: skip


def _table(lines: str) -> dict[str, str]:
    """Lines "lemma: form form" as form -> lemma."""
    pairs = (line.split(":") for line in lines.split(";"))
    return {form: lemma.strip() for lemma, forms in pairs for form in forms.split()}


IRREGULAR: dict[str, dict[str, str]] = {
    "noun": _table(
        "man: men; woman: women; child: children; foot: feet; tooth: teeth; goose: geese; mouse: mice; louse: lice;"
        "ox: oxen; person: people; die: dice; penny: pence; leaf: leaves; life: lives; knife: knives; wife: wives;"
        "wolf: wolves; half: halves; shelf: shelves; thief: thieves; loaf: loaves; calf: calves; self: selves;"
        "datum: data; medium: media; criterion: criteria; phenomenon: phenomena; analysis: analyses; basis: bases;"
        "crisis: crises; thesis: theses; hypothesis: hypotheses; axis: axes; index: indices; matrix: matrices;"
        "vertex: vertices; appendix: appendices; nucleus: nuclei; stimulus: stimuli; radius: radii; cactus: cacti;"
        "fungus: fungi; curriculum: curricula; bacterium: bacteria; formula: formulae; bus: buses; gas: gases;"
        "news: news; series: series; species: species; mathematics: mathematics; physics: physics; lens: lens;"
        "lens: lenses; means: means; politics: politics; statistics: statistics; always: always"
    ),
    "verb": _table(
        "be: am is are was were been being; have: has had having; do: does did done doing; go: goes went gone;"
        "say: said; make: made; get: got gotten getting; see: saw seen; know: knew known; take: took taken;"
        "come: came; think: thought; give: gave given; find: found; tell: told; become: became; leave: left;"
        "feel: felt; put: putting; bring: brought; begin: began begun beginning; keep: kept; hold: held;"
        "write: wrote written; stand: stood; hear: heard; let: letting; mean: meant; set: setting; meet: met;"
        "run: ran running; pay: paid; sit: sat sitting; speak: spoke spoken; lie: lay lain lying; lead: led;"
        "read: read; grow: grew grown; lose: lost; fall: fell fallen; send: sent; build: built; draw: drew drawn;"
        "break: broke broken; spend: spent; cut: cutting; rise: rose risen; drive: drove driven; buy: bought;"
        "wear: wore worn; choose: chose chosen; eat: ate eaten; drink: drank drunk; sing: sang sung; swim: swam swum"
        " swimming; fly: flew flown; sleep: slept; teach: taught; catch: caught; fight: fought; win: won winning;"
        "forget: forgot forgotten; throw: threw thrown; show: shown; hide: hid hidden; shake: shook shaken;"
        "die: dying; tie: tying; stop: stopped stopping; plan: planned planning; hop: hopped hopping"
    ),
    "adjective": _table(
        "good: better best; bad: worse worst; far: farther farthest further furthest; little: less least;"
        "many: more most; big: bigger biggest; hot: hotter hottest; happy: happier happiest; easy: easier easiest;"
        "early: earlier earliest; heavy: heavier heaviest; late: latter"
    ),
    "adverb": _table("well: better best; badly: worse worst; far: farther farthest further furthest"),
}


class Lemmatizer:
    """The dictionary form of English words.

    Parameters
    ----------
    vocabulary : collection of str, optional
        Known words in small letters, such as all words of a large text. Without it the first rule that fits is
        followed, whatever comes out.
    exceptions : dict of str to dict, optional
        Part of speech -> form -> lemma; `IRREGULAR` by default, two hundred of the most frequent. WordNet has 5,900.
    """

    def __init__(
        self, vocabulary: Collection[str] | None = None, exceptions: dict[str, dict[str, str]] = IRREGULAR
    ) -> None:
        self.vocabulary, self.exceptions = vocabulary, exceptions

    def lemmas(self, word: str, part: str = "noun") -> list[str]:
        """The known words among the word itself and what the rules make of it, as Morphy finds them.

        Parameters
        ----------
        word : str
            In small letters.
        part : {"noun", "verb", "adjective", "adverb"}
        """
        check_choice("part", part, tuple(ENDINGS))
        irregular = self.exceptions.get(part, {}).get(word)
        forms = [irregular] if irregular else self._shortened(word, part)
        if self.vocabulary is None:
            return forms[:1]
        return list(dict.fromkeys(form for form in [word, *forms] if form in self.vocabulary))

    def __call__(self, word: str, part: str = "noun") -> str:
        """The lemma of an irregular form, else the shortest of the lemmas; the word itself where there is none.

        A vocabulary that was taken from a text holds "mice" as well as "mouse": by length alone mice would stay.

        >>> lemma = Lemmatizer({"leaf", "leave", "study", "box", "mouse", "mice"})
        >>> lemma("studies"), lemma("leaves"), lemma("leaves", "verb"), lemma("boxes"), lemma("mice")
        ('study', 'leaf', 'leave', 'box', 'mouse')
        """
        found = self.lemmas(word, part)
        irregular = self.exceptions.get(part, {}).get(word)
        return irregular if irregular in found else min(found, key=len, default=word)

    def _shortened(self, word: str, part: str) -> list[str]:
        return [word.removesuffix(old) + new for old, new in ENDINGS[part] if word.endswith(old)]
