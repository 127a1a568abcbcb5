"""A language model that needs no weights: a Markov chain of order two over corpus.txt."""

import random
import re
from collections import defaultdict
from pathlib import Path
from typing import Iterator

CORPUS = Path(__file__).with_name("corpus.txt")


class Markov:
    def __init__(self) -> None:
        # A token is a word with the white space before it, so that the joined tokens are the text.
        self.tokens = re.findall(r"\s*\S+", " " + CORPUS.read_text(encoding="utf-8").strip())
        self.followers: dict[tuple[str, str], list[str]] = defaultdict(list)
        for first, second, third in zip(self.tokens, self.tokens[1:], self.tokens[2:]):
            self.followers[first.strip(), second.strip()].append(third)
        self.sentence_starts = [
            index for index in range(1, len(self.tokens) - 1) if self.tokens[index - 1].endswith(".")
        ]

    def generate(self, prompt: str, max_tokens: int, seed: int) -> Iterator[str]:
        """The same arguments give the same tokens, on every machine."""
        choices = random.Random(f"{seed}:{prompt}")
        state = tuple(prompt.split()[-2:])
        if state not in self.followers:
            start = choices.choice(self.sentence_starts)
            opening = [self.tokens[start].strip(), self.tokens[start + 1]]
            yield from opening[:max_tokens]
            max_tokens -= len(opening)
            state = (opening[0], opening[1].strip())
        for _ in range(max_tokens):
            following = self.followers.get(state)
            if following is None:  # the corpus' last two words
                return
            token = choices.choice(following)
            yield token
            state = (state[1], token.strip())
