"""Who posts what. Origins and licences of the photographs are in README.md."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Account:
    """Somebody to log in as; the e-mail address is USERNAME@example.org."""

    username: str
    name: str
    bio: str
    follows: tuple[str, ...]


@dataclasses.dataclass(frozen=True)
class Photograph:
    """A file of a package with what is posted with it."""

    path: str
    sha256: str
    account: str
    caption: str
    alt: str


# For everybody: the platform of `make up` is reachable from its own machine only.
PASSWORD = "phasma-example"

ACCOUNTS = [
    Account("slow.garden", "The Slow Garden", "What grows if you wait. #garden", ("salt.and.sand", "kitchen.window")),
    Account("salt.and.sand", "Salt and Sand", "Walks along the coast.", ("slow.garden", "night.sky")),
    Account("night.sky", "Night Sky", "Looking up, mostly after sunset.", ("slow.garden", "salt.and.sand")),
    Account("kitchen.window", "Kitchen Window", "Cups, cats, mornings.", ("slow.garden", "night.sky")),
]

# In the order they are posted.
PHOTOGRAPHS = [
    Photograph(
        "skimage/data/coffee.png",
        "cc02f8ca188b167c775a7101b5d767d1e71792cf762c33d6fa15a4599b5a8de7",
        "kitchen.window",
        "First one of the day. #coffee #morning",
        "An espresso in a red cup on a wooden table",
    ),
    Photograph(
        "skimage/data/chelsea.png",
        "596aa1e7cb875eb79f437e310381d26b338a81c2da23439704a73c4651e8c4bb",
        "kitchen.window",
        "Somebody heard the fridge. #cat",
        "The face of a tabby cat that looks aside",
    ),
    Photograph(
        "skimage/data/rocket.jpg",
        "c2dd0de7c538df8d111e479619b129464d0269d0ae5fd18ca91d33a7fdfea95c",
        "night.sky",
        "Waiting for the countdown. #rocket #dusk",
        "A rocket on its launch pad at dusk between towers",
    ),
    Photograph(
        "usr/share/backgrounds/mate/nature/Storm.jpg",
        "77ca53077831d3237f73393a91fc879158abc046d852941c26e90de336356957",
        "night.sky",
        "The road ahead of the rain. #storm",
        "Dark clouds over a road, blurred by speed",
    ),
    Photograph(
        "usr/share/backgrounds/mate/nature/Aqua.jpg",
        "5c30118205982da441bf7e6a1ada636a8a0be879408140b3148280c665ed6bce",
        "slow.garden",
        "One drop, one crown. #water",
        "A drop of water that rises as a crown from a surface",
    ),
    Photograph(
        "usr/share/backgrounds/mate/nature/Garden.jpg",
        "d3095ee09d425ef23d27155412136cf14fc3c9af76ca58b452f55e23da324e78",
        "slow.garden",
        "The marigolds are out. #flowers #garden",
        "A red and yellow marigold before a blurred garden",
    ),
    Photograph(
        "usr/share/backgrounds/mate/nature/LadyBird.jpg",
        "e35a9a4126ef969c90b29c038058c5a575a20eadd84106a37bf1fa9931e7b61d",
        "slow.garden",
        "Rush hour on a stem of forget-me-nots. #ladybird #garden",
        "A ladybird on a green stem between blue flowers",
    ),
    Photograph(
        "usr/share/backgrounds/mate/nature/RainDrops.jpg",
        "3e4ea9671c28c90a86cf67b3db9daf18c4741587c596333a7529ca589aaa0c16",
        "slow.garden",
        "After the rain. #green",
        "Drops of rain on a broad green leaf",
    ),
    Photograph(
        "usr/share/backgrounds/mate/nature/Dune.jpg",
        "8a67c2cb0be8c46b70c237311a4fa4d2b4ac7d39568135384787801fa5cc9a91",
        "salt.and.sand",
        "Wind from the sea. #dunes #sea",
        "Dry dune grass before a blue sea",
    ),
    Photograph(
        "usr/share/backgrounds/mate/nature/TwoWings.jpg",
        "665e5abf8a5399070a91a9a8e455fe071e5b61697ff78fdeda4e9843ef545aeb",
        "salt.and.sand",
        "Two that stayed. #macro",
        "Two dandelion seeds on a stalk before orange flowers",
    ),
    Photograph(
        "usr/share/backgrounds/mate/nature/YellowFlower.jpg",
        "254da96256acb7add685679775a04d1e4a5bc8cd13e5a5a3d61351ce198a5306",
        "salt.and.sand",
        "All the sun of August in one. #flowers",
        "A part of a yellow flower before black",
    ),
]

COMMENTS = [
    ("night.sky", "ladybird", "She has right of way."),
    ("salt.and.sand", "marigolds", "That red! @slow.garden"),
    ("kitchen.window", "countdown", "How long did you wait for the light?"),
    ("slow.garden", "fridge", "Mine too, every time. #cat"),
    ("slow.garden", "sea", "I can hear this one."),
]
