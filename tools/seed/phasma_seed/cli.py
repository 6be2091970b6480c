"""`seed URL` fills the platform there; `seed --photograph` prints the path of one JPEG photograph."""

import argparse
import re
import sys
import urllib.error

from . import photographs
from .browser import Browser, FormError
from .catalogue import ACCOUNTS, COMMENTS, PASSWORD, Account, Photograph

_POST = re.compile(r"/posts/[0-9a-f]{8}-[0-9a-f-]{27}")


def main(arguments: list[str]) -> int:
    """Returns the exit code."""
    parser = argparse.ArgumentParser(prog="seed", description="Example accounts and photographs.")
    parser.add_argument("url", nargs="?", default="http://localhost:8080")
    parser.add_argument("--photograph", action="store_true", help="print the path of a JPEG photograph, fetched first")
    options = parser.parse_args(arguments)
    try:
        at_hand = photographs.fetch()
        if options.photograph:
            print(next(photographs.folder() / p.path for p in at_hand if p.path.endswith(".jpg")))
            return 0
        fill(options.url, at_hand)
    except (photographs.FetchError, FormError, urllib.error.URLError) as failure:
        print(f"seed: {failure}", file=sys.stderr)
        return 1
    return 0


def fill(url: str, at_hand: list[Photograph]) -> None:
    """Adds the accounts and photographs that are missing, then what people say to the new ones."""
    visitor = Browser(url)
    known = {account.username for account in ACCOUNTS if exists(visitor, account)}
    missing = [p for p in at_hand if p.account not in known or not shows(visitor, p)]
    posts: dict[str, str] = {}
    if missing:
        people = {account.username: enter(url, account, account.username in known) for account in ACCOUNTS}
        for account in ACCOUNTS:
            introduce(people[account.username], account)
        posts = {p.caption: publish(people[p.account], p) for p in missing}
        talk(people, posts)
    print(f"seed: {len(posts)} posts added; log in as any of these, password {PASSWORD}")
    for account in ACCOUNTS:
        print(f"  {account.username}@example.org")


def exists(visitor: Browser, account: Account) -> bool:
    """Whether somebody signed up under that name; profiles are public."""
    try:
        visitor.page(f"/@{account.username}")
    except FormError as refusal:
        if refusal.status != 404:
            raise
        return False
    return True


def shows(visitor: Browser, photograph: Photograph) -> bool:
    """Whether its account's profile shows a photograph."""
    return f'alt="{photograph.alt}"' in visitor.page(f"/@{photograph.account}")


def enter(url: str, account: Account, known: bool) -> Browser:
    """Logs in, or signs up who is not known yet."""
    person = Browser(url)
    email = f"{account.username}@example.org"
    if not known:
        fields = {"name": account.name, "username": account.username, "email": email, "password": PASSWORD}
        if person.submit("/register", fields) == "/feed":
            return person
    person.submit("/login", {"email": email, "password": PASSWORD})
    return person


def introduce(person: Browser, account: Account) -> None:
    """Follows others and writes a biography."""
    for other in account.follows:
        person.submit(f"/@{other}?/follow", {})
    email = f"{account.username}@example.org"
    profile = {"name": account.name, "username": account.username, "email": email, "bio": account.bio, "avatar": ""}
    person.submit("/settings/profile", profile)


def publish(person: Browser, photograph: Photograph) -> str:
    """Posts a photograph; returns the post's path."""
    fields = {"description": photograph.caption, "altText": photograph.alt}
    filename = photograph.path.rpartition("/")[2]
    path = person.submit_file("/upload", fields, "image", filename, photographs.content(photograph))
    if not _POST.fullmatch(path):
        raise FormError("/upload", 200, f"{filename} led to {path}, not to a post")
    return path


def talk(people: dict[str, Browser], posts: dict[str, str]) -> None:
    """Likes and comments, by who is not the author."""
    authors = {p.caption: p.account for p in photographs.PHOTOGRAPHS}
    for number, (caption, path) in enumerate(posts.items()):
        fans = [name for name in people if name != authors[caption]]
        for name in fans[: 1 + number % len(fans)]:
            people[name].submit(f"{path}?/like", {})
    for name, word, text in COMMENTS:
        for caption, path in posts.items():
            if word in caption and authors[caption] != name:
                people[name].submit(f"{path}?/comment", {"body": text})
