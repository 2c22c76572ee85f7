"""Stop words: the words that hold sentences together and say little about what they are about.

A closed list by kinds, so that one can see, and choose, what is thrown away. "not" and "no" are in it, as in most
lists: without them "not good" and "good" are the same text.
"""

from collections.abc import Collection, Iterable

__all__ = ["ENGLISH", "KINDS", "without_stop_words"]

_WORDS = {
    "articles": "a an the",
    "pronouns": (
        "i me my mine myself you your yours yourself yourselves he him his himself she her hers herself it "
        "its itself we us our ours ourselves they them their theirs themselves one oneself this that these "
        "those who whom whose which what whoever whatever someone somebody something anyone anybody anything "
        "everyone everybody everything each other another"
    ),
    "auxiliaries": (
        "am is are was were be been being have has had having do does did doing done can could may might must "
        "shall should will would ought"
    ),
    "prepositions": (
        "about above across after against along among around at before behind below beneath beside besides "
        "between beyond by despite down during except for from in inside into like near of off on onto out "
        "outside over past per since through throughout till to toward towards under until up upon via with "
        "within without"
    ),
    "conjunctions": (
        "and but or nor so yet if then else than because although though unless whether while whereas as when "
        "where why how"
    ),
    "quantifiers": (
        "all any both few little less least many much more most several some such enough every either own same"
    ),
    "adverbs": (
        "again also already always ever even here there just now only quite rather still too very once often "
        "soon therefore however thus hence"
    ),
    "negations": "not no never none neither nobody nothing nowhere cannot",
    "contractions": (
        "i'm i've i'll i'd you're you've you'll you'd he's he'll he'd she's she'll she'd it's it'll we're "
        "we've we'll we'd they're they've they'll they'd that's there's here's who's what's where's let's"
    ),
    "negated": (
        "isn't aren't wasn't weren't haven't hasn't hadn't don't doesn't didn't can't couldn't mustn't "
        "shouldn't won't wouldn't shan't needn't mightn't ain't"
    ),
}
KINDS: dict[str, frozenset[str]] = {kind: frozenset(words.split()) for kind, words in _WORDS.items()}
ENGLISH: frozenset[str] = frozenset().union(*KINDS.values())


def without_stop_words(words: Iterable[str], stop: Collection[str] = ENGLISH) -> list[str]:
    """The words that are no stop words; capitals and curly apostrophes do not matter.

    >>> without_stop_words("The film was not good".split())
    ['film', 'good']
    """
    return [word for word in words if word.casefold().replace("’", "'") not in stop]
