#!/usr/bin/env python3
"""A stand-in for Meilisearch, for tests and the local cluster only.

Meilisearch is in no package registry, so this answers the part of its HTTP API
that Phasma uses: keys, indexes, settings, documents, search, multi-search,
tasks and index swaps, with Meilisearch's status codes, error bodies and
asynchronous tasks. Relevance is a plain imitation: every query word must match
a word of a searchable attribute (the last word as a prefix, longer words with
one typo), and hits are ordered by words matched exactly, then by attribute.
All data is in memory; with --db-path it is also written to one JSON file.

Standard library only and one file, so that it is easily put into an image.
"""

import argparse
import datetime
import hashlib
import hmac
import http.server
import json
import os
import pathlib
import re
import secrets
import signal
import sys
import threading
import time
import unicodedata
import urllib.parse
import uuid

VERSION = "0.0.0-stand-in"
LINK = "https://docs.meilisearch.com/errors"
DEFAULT_SETTINGS = {
    "displayedAttributes": ["*"],
    "searchableAttributes": ["*"],
    "filterableAttributes": [],
    "sortableAttributes": [],
    "rankingRules": ["words", "typo", "proximity", "attribute", "sort", "exactness"],
    "stopWords": [],
    "nonSeparatorTokens": [],
    "separatorTokens": [],
    "dictionary": [],
    "synonyms": {},
    "distinctAttribute": None,
    "proximityPrecision": "byWord",
    "typoTolerance": {
        "enabled": True,
        "minWordSizeForTypos": {"oneTypo": 5, "twoTypos": 9},
        "disableOnWords": [],
        "disableOnAttributes": [],
        "disableOnNumbers": False,
    },
    "faceting": {"maxValuesPerFacet": 100, "sortFacetValuesBy": {"*": "alpha"}},
    "pagination": {"maxTotalHits": 1000},
    "embedders": {},
    "searchCutoffMs": None,
    "localizedAttributes": None,
    "facetSearch": True,
    "prefixSearch": "indexingTime",
}
# A path below /settings names one setting; only these occur.
SUB_SETTINGS = {re.sub(r"[A-Z]", lambda m: "-" + m[0].lower(), name): name for name in DEFAULT_SETTINGS}
ID_PATTERN = re.compile(r"^[A-Za-z0-9_-]{1,511}$")
UID_PATTERN = re.compile(r"^[A-Za-z0-9_-]{1,400}$")


class ApiError(Exception):
    """An error as Meilisearch words it."""

    def __init__(self, status, code, message, kind="invalid_request"):
        super().__init__(message)
        self.status = status
        self.body = {"message": message, "code": code, "type": kind, "link": f"{LINK}#{code}"}


def now():
    """RFC 3339 with microseconds, as Meilisearch prints it."""
    return datetime.datetime.now(datetime.timezone.utc).isoformat().replace("+00:00", "Z")


def index_not_found(uid):
    """The error of an unknown index."""
    return ApiError(404, "index_not_found", f"Index `{uid}` not found.")


# ---- keys ----------------------------------------------------------------


class Keys:
    """API keys: a key is HMAC-SHA256 of its uid under the master key, in hexadecimal."""

    def __init__(self, master, state):
        self.master = master
        self.by_uid = state.setdefault("keys", {})
        # As with Meilisearch, another master key makes other keys of all that were created under the former one.
        for uid, key in self.by_uid.items():
            key["key"] = self.derive(uid)

    def derive(self, uid):
        return hmac.new(self.master.encode(), uid.encode(), hashlib.sha256).hexdigest()

    def authorise(self, token, action, index=None):
        """Raises unless the token may do `action`; the master key may do everything."""
        if not self.master:
            return
        if token is None:
            message = (
                "The Authorization header is missing. It must use the bearer authorization method."
            )
            raise ApiError(401, "missing_authorization_header", message, "auth")
        if secrets.compare_digest(token.encode(), self.master.encode()):
            return
        key = next((key for key in self.by_uid.values() if secrets.compare_digest(key["key"], token)), None)
        if key is None or not _permits(key, action, index):
            raise ApiError(403, "invalid_api_key", "The provided API key is invalid.", "auth")

    def create(self, request):
        for field in ("actions", "indexes", "expiresAt"):
            if field not in request:
                code = f"missing_api_key_{'expires_at' if field == 'expiresAt' else field}"
                raise ApiError(400, code, f"Missing field `{field}`")
        uid = str(request.get("uid") or uuid.uuid4()).lower()
        if uid in self.by_uid:
            message = f"`uid` field value `{uid}` is already an existing API key."
            raise ApiError(409, "api_key_already_exists", message)
        moment = now()
        self.by_uid[uid] = {
            "name": request.get("name"),
            "description": request.get("description"),
            "key": self.derive(uid),
            "uid": uid,
            "actions": request["actions"],
            "indexes": request["indexes"],
            "expiresAt": request["expiresAt"],
            "createdAt": moment,
            "updatedAt": moment,
        }
        return self.by_uid[uid]

    def find(self, uid_or_key):
        for key in self.by_uid.values():
            if uid_or_key in (key["uid"], key["key"]):
                return key
        raise ApiError(404, "api_key_not_found", f"API key `{uid_or_key}` not found.")

    def update(self, uid_or_key, request):
        key = self.find(uid_or_key)
        for field in request:
            if field not in ("name", "description"):
                message = f"Immutable field `{field}`: expected one of `description`, `name`"
                raise ApiError(400, f"immutable_api_key_{field}", message)
        key.update(request, updatedAt=now())
        return key


def _permits(key, action, index):
    expires = key["expiresAt"]
    if expires and datetime.datetime.fromisoformat(expires) < datetime.datetime.now(datetime.timezone.utc):
        return False
    group = action.split(".")[0] + ".*"
    may_act = any(granted in ("*", action, group) for granted in key["actions"])
    if index is None:
        return may_act
    return may_act and any(
        pattern == index or (pattern.endswith("*") and index.startswith(pattern[:-1]))
        for pattern in key["indexes"]
    )


# ---- search --------------------------------------------------------------


def words_of(text):
    """Lower-case words without accents."""
    plain = unicodedata.normalize("NFKD", text.lower())
    return re.findall(r"\w+", "".join(c for c in plain if not unicodedata.combining(c)))


def text_of(value):
    """The searchable text of a field."""
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return " ".join(text_of(item) for item in value)
    if isinstance(value, dict):
        return " ".join(text_of(item) for item in value.values())
    return "" if value is None else str(value)


def one_typo_apart(a, b):
    """Whether one insertion, deletion, change or swap of neighbours turns `a` into `b`."""
    if len(a) > len(b):
        a, b = b, a
    if len(b) - len(a) > 1:
        return False
    start = next((i for i, (x, y) in enumerate(zip(a, b)) if x != y), len(a))
    if len(a) == len(b):
        swapped = a[start : start + 2] == b[start : start + 2][::-1]
        return a[start + 1 :] == b[start + 1 :] or (swapped and a[start + 2 :] == b[start + 2 :])
    return a[start:] == b[start + 1 :]


def match_word(query, word, is_last, typo_from):
    """0 exact, 1 prefix, 2 with a typo, or None."""
    if query == word:
        return 0
    if is_last and word.startswith(query):
        return 1
    if typo_from is not None and len(query) >= typo_from:
        candidates = [word, word[: len(query)], word[: len(query) + 1]] if is_last else [word]
        if query[0] == word[0] and any(one_typo_apart(query, each) for each in candidates):
            return 2
    return None


def rank(document, query_words, settings):
    """The sort key of a matching document, or None when some word matches nowhere."""
    attributes = settings["searchableAttributes"]
    names = list(document) if attributes == ["*"] else attributes
    fields = [words_of(text_of(document.get(name))) for name in names]
    typos = settings["typoTolerance"]
    typo_from = typos["minWordSizeForTypos"]["oneTypo"] if typos["enabled"] else None
    qualities, positions = 0, 0
    for number, query in enumerate(query_words):
        is_last = number == len(query_words) - 1
        found = [
            (quality, position)
            for position, words in enumerate(fields)
            for quality in (match_word(query, word, is_last, typo_from) for word in words)
            if quality is not None
        ]
        if not found:
            return None
        quality, position = min(found)
        qualities, positions = qualities + quality, positions + position
    return (qualities, positions)


TOKEN = re.compile(
    r"""\s*(?:(?P<symbol>!=|>=|<=|[=<>()\[\],])|"(?P<double>(?:[^"\\]|\\.)*)"|'(?P<single>(?:[^'\\]|\\.)*)'"""
    r"""|(?P<word>[^\s=<>()\[\],!"']+))"""
)


class Filter:
    """Meilisearch's filter expressions: comparisons, IN, EXISTS, NOT, AND, OR, brackets."""

    def __init__(self, expression, filterable):
        self.filterable = filterable
        self.tokens = self._scan(expression)
        self.position = 0
        self.test = self._any() if self.tokens else (lambda document: True)
        if self.position < len(self.tokens):
            raise self._invalid(f"unexpected `{self.tokens[self.position][1]}`")

    @staticmethod
    def _invalid(why):
        return ApiError(400, "invalid_search_filter", f"Invalid filter: {why}.")

    def _scan(self, expression):
        tokens, position, expression = [], 0, expression.strip()
        while position < len(expression):
            found = TOKEN.match(expression, position)
            if not found:
                raise self._invalid(f"unexpected character at {position}")
            kind = found.lastgroup
            tokens.append(("text" if kind in ("double", "single") else kind, re.sub(r"\\(.)", r"\1", found[kind])))
            position = found.end()
        return tokens

    def _peek(self, *wanted):
        if self.position >= len(self.tokens):
            return False
        kind, value = self.tokens[self.position]
        return kind != "text" and value.upper() in wanted

    def _take(self, *wanted):
        if wanted and not self._peek(*wanted):
            raise self._invalid(f"expected {' or '.join(wanted)}")
        if self.position >= len(self.tokens):
            raise self._invalid("unexpected end")
        self.position += 1
        return self.tokens[self.position - 1][1]

    def _any(self):
        tests = [self._all()]
        while self._peek("OR"):
            self._take()
            tests.append(self._all())
        return lambda document: any(test(document) for test in tests)

    def _all(self):
        tests = [self._one()]
        while self._peek("AND"):
            self._take()
            tests.append(self._one())
        return lambda document: all(test(document) for test in tests)

    def _one(self):
        if self._peek("NOT"):
            self._take()
            test = self._one()
            return lambda document: not test(document)
        if self._peek("("):
            self._take()
            test = self._any()
            self._take(")")
            return test
        return self._condition(self._attribute())

    def _attribute(self):
        name = self._take()
        if name not in self.filterable:
            known = ", ".join(sorted(self.filterable)) or "none"
            raise self._invalid(f"attribute `{name}` is not filterable; filterable are: {known}")
        return name

    def _condition(self, name):
        operator = self._take().upper()
        if operator == "NOT":
            test = self._condition(name)
            return lambda document: not test(document)
        if operator == "IN":
            wanted = {value.lower() for value in self._list()}
            return lambda document: any(value in wanted for value in _values(document, name))
        if operator == "EXISTS":
            return lambda document: name in document
        if operator in ("=", "!="):
            wanted = self._take().lower()
            return lambda document: (wanted in _values(document, name)) == (operator == "=")
        if operator in (">", ">=", "<", "<="):
            return self._comparison(name, operator, self._take())
        raise self._invalid(f"unknown operator `{operator}`")

    def _list(self):
        self._take("[")
        values = []
        while not self._peek("]"):
            values.append(self._take())
            if not self._peek("]"):
                self._take(",")
        self._take("]")
        return values

    def _comparison(self, name, operator, text):
        try:
            bound = float(text)
        except ValueError:
            raise self._invalid(f"`{text}` is not a number") from None
        compare = {
            ">": lambda a: a > bound, ">=": lambda a: a >= bound,
            "<": lambda a: a < bound, "<=": lambda a: a <= bound,
        }[operator]  # fmt: skip
        return lambda document: isinstance(document.get(name), (int, float)) and compare(document[name])


def _values(document, name):
    value = document.get(name)
    values = value if isinstance(value, list) else [value]
    return {json.dumps(each) if isinstance(each, bool) else str(each).lower() for each in values if each is not None}


def filter_expression(value):
    """The text of a filter: outer lists mean AND, inner ones OR."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    parts = [p if isinstance(p, str) else " OR ".join(f"({q})" for q in p) for p in value]
    return " AND ".join(f"({part})" for part in parts)


def search(uid, index, request):
    """The answer of one search."""
    begin = time.monotonic()
    settings = index["settings"]
    query = request.get("q") or ""
    filterable = set(settings["filterableAttributes"]) | {index["primaryKey"]}
    passes = Filter(filter_expression(request.get("filter")), filterable).test
    query_words = words_of(query)
    found = []
    for document in index["documents"].values():
        key = rank(document, query_words, settings) if passes(document) else None
        if key is not None:
            found.append((key, document))
    found.sort(key=lambda pair: pair[0])
    documents = sort_documents([document for _, document in found], request.get("sort") or [], settings)
    documents = documents[: settings["pagination"]["maxTotalHits"]]
    answer = page_of(documents, request)
    answer["hits"] = [displayed(document, request, settings) for document in answer["hits"]]
    answer |= {"query": query, "processingTimeMs": int((time.monotonic() - begin) * 1000)}
    return answer | {"indexUid": uid} if "indexUid" in request else answer


def page_of(documents, request):
    """A slice by limit and offset, or by page with exact totals."""
    if "page" in request or "hitsPerPage" in request:
        size, page = request.get("hitsPerPage", 20), request.get("page", 1)
        hits = documents[(page - 1) * size : page * size] if page > 0 else []
        pages = -(-len(documents) // size) if size else 0
        return {"hits": hits, "page": page, "hitsPerPage": size, "totalHits": len(documents), "totalPages": pages}
    limit, offset = request.get("limit", 20), request.get("offset", 0)
    hits = documents[offset : offset + limit]
    return {"hits": hits, "limit": limit, "offset": offset, "estimatedTotalHits": len(documents)}


def sort_documents(documents, rules, settings):
    """Sorts by `attribute:asc|desc`; stable, so relevance decides among equals."""
    for rule in reversed(rules):
        name, _, direction = rule.rpartition(":")
        if name not in settings["sortableAttributes"] or direction not in ("asc", "desc"):
            raise ApiError(400, "invalid_search_sort", f"Attribute `{name or rule}` is not sortable.")
        present = [document for document in documents if document.get(name) is not None]
        absent = [document for document in documents if document.get(name) is None]
        present.sort(key=lambda d: (isinstance(d[name], str), d[name]), reverse=direction == "desc")
        documents = present + absent
    return documents


def displayed(document, request, settings):
    """Only the attributes that are displayed and were asked for."""
    for wanted in (settings["displayedAttributes"], request.get("attributesToRetrieve") or ["*"]):
        if "*" not in wanted:
            document = {name: value for name, value in document.items() if name in wanted}
    return document


# ---- state and tasks -----------------------------------------------------


class Store:
    """Indexes, keys and tasks behind one lock; tasks run in order on one thread."""

    def __init__(self, master, path=None):
        self.lock = threading.RLock()
        self.wake = threading.Condition(self.lock)
        self.path = path
        state = json.loads(path.read_text()) if path and path.exists() else {}
        self.state = state
        self.keys = Keys(master, state)
        self.indexes = state.setdefault("indexes", {})
        self.tasks = state.setdefault("tasks", [])
        self.pending = []
        threading.Thread(target=self._work, daemon=True).start()

    def enqueue(self, kind, index_uid, details, effect, metadata=None):
        """Registers a task and returns its summary; `effect` runs later and may raise ApiError."""
        with self.lock:
            task = {
                "uid": len(self.tasks), "batchUid": None, "indexUid": index_uid, "status": "enqueued", "type": kind,
                "canceledBy": None, "details": details, "error": None, "duration": None,
                "enqueuedAt": now(), "startedAt": None, "finishedAt": None,
            }  # fmt: skip
            if metadata is not None:
                task["customMetadata"] = metadata
            self.tasks.append(task)
            self.pending.append((task, effect))
            self.wake.notify_all()
            names = ("indexUid", "status", "type", "enqueuedAt")
            return {"taskUid": task["uid"]} | {name: task[name] for name in names}

    def _work(self):
        while True:
            with self.lock:
                while not self.pending:
                    self.wake.wait()
                self._run(*self.pending.pop(0))
                if not self.pending:
                    self.save()

    def _run(self, task, effect):
        begin = time.monotonic()
        task.update(status="processing", startedAt=now(), batchUid=task["uid"])
        try:
            effect(task["details"])
            task["status"] = "succeeded"
        except ApiError as error:
            task.update(status="failed", error=error.body)
            _nothing_done(task["details"])
        task.update(finishedAt=now(), duration=f"PT{time.monotonic() - begin:.6f}S")

    def save(self):
        """Writes everything beside, then renames; unfinished tasks are lost with the process."""
        if self.path:
            scratch = self.path.with_suffix(".new")
            scratch.write_text(json.dumps(self.state))
            os.replace(scratch, self.path)

    def index(self, uid):
        if uid not in self.indexes:
            raise index_not_found(uid)
        return self.indexes[uid]

    def create_index(self, uid, primary_key):
        moment = now()
        settings = json.loads(json.dumps(DEFAULT_SETTINGS))
        self.indexes[uid] = {
            "createdAt": moment, "updatedAt": moment, "primaryKey": primary_key,
            "settings": settings, "documents": {},
        }  # fmt: skip
        return self.indexes[uid]

    def index_or_new(self, uid, primary_key=None):
        return self.indexes.get(uid) or self.create_index(uid, primary_key)


def _nothing_done(details):
    for name in ("indexedDocuments", "deletedDocuments"):
        if name in (details or {}):
            details[name] = 0


def add_documents(store, uid, documents, primary_key, merge):
    """The effect of POST (replace) or PUT (merge): all documents or none."""

    def effect(details):
        index = store.index_or_new(uid, primary_key)
        key = index["primaryKey"] or primary_key or infer_primary_key(documents)
        identified = [(document_id(document, key), document) for document in documents]
        index["primaryKey"] = key
        for identity, document in identified:
            before = index["documents"].get(identity, {}) if merge else {}
            index["documents"][identity] = before | document
        index["updatedAt"] = now()
        details["indexedDocuments"] = len(documents)

    return effect


def infer_primary_key(documents):
    """The only attribute whose name ends with `id`."""
    names = [name for name in (documents[0] if documents else {}) if name.lower().endswith("id")]
    if len(names) == 1:
        return names[0]
    code = "index_primary_key_multiple_candidates_found" if names else "index_primary_key_no_candidate_found"
    raise ApiError(400, code, "The primary key inference failed.")


def document_id(document, key):
    """The checked id of a document."""
    if key not in document:
        raise ApiError(400, "missing_document_id", f"Document doesn't have a `{key}` attribute: `{document}`.")
    value = document[key]
    if not isinstance(value, (str, int)) or isinstance(value, bool) or not ID_PATTERN.match(str(value)):
        message = f"Document identifier `{json.dumps(value)}` is invalid."
        raise ApiError(400, "invalid_document_id", message)
    return str(value)


def delete_documents(store, uid, identities):
    """The effect of deleting ids; unknown ones are not an error, an unknown index is."""

    def effect(details):
        documents = store.index(uid)["documents"]
        wanted = list(documents) if identities is None else identities
        details["deletedDocuments"] = sum(documents.pop(str(each), None) is not None for each in wanted)

    return effect


def delete_by_filter(store, uid, expression):
    """The effect of deleting what a filter selects."""

    def effect(details):
        index = store.index(uid)
        filterable = set(index["settings"]["filterableAttributes"]) | {index["primaryKey"]}
        passes = Filter(expression, filterable).test
        doomed = [identity for identity, document in index["documents"].items() if passes(document)]
        for identity in doomed:
            del index["documents"][identity]
        details["deletedDocuments"] = len(doomed)

    return effect


def swap_indexes(store, swaps):
    """The effect of a swap: every pair exists and no index occurs twice, or nothing happens."""

    def effect(_details):
        for pair in swaps:
            for uid in pair["indexes"]:
                store.index(uid)
        for pair in swaps:
            left, right = pair["indexes"]
            store.indexes[left], store.indexes[right] = store.indexes[right], store.indexes[left]

    return effect


# ---- HTTP ----------------------------------------------------------------

ROUTES = []


def route(method, pattern, action):
    """Registers a handler; `{index}` in the pattern is also what the key must cover."""

    def register(handler):
        names = re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", pattern)
        ROUTES.append((method, re.compile(f"^{names}$"), action, handler))
        return handler

    return register


class Request:
    """One parsed request."""

    def __init__(self, store, token, query, content_type, body):
        self.store = store
        self.token = token
        self.query = query
        self.content_type = content_type
        self.raw = body

    def json(self):
        if not self.content_type:
            raise ApiError(415, "missing_content_type", "A Content-Type header is missing.")
        return self._parse(self.raw)

    def _parse(self, text):
        try:
            return json.loads(text)
        except ValueError as error:
            raise ApiError(400, "malformed_payload", f"The json payload provided is malformed. `{error}`.") from None

    def documents(self):
        """The documents of a JSON or NDJSON body."""
        if self.content_type == "application/x-ndjson":
            found = [self._parse(line) for line in self.raw.splitlines() if line.strip()]
        elif self.content_type == "application/json":
            value = self.json()
            found = value if isinstance(value, list) else [value]
        else:
            message = f"The Content-Type `{self.content_type}` is invalid."
            raise ApiError(415, "invalid_content_type", message)
        if not all(isinstance(document, dict) for document in found):
            raise ApiError(400, "malformed_payload", "The payload must be a list of objects.")
        return found

    def number(self, name, default):
        return int(self.query.get(name, default))

    def names(self, name):
        text = self.query.get(name)
        return None if text in (None, "*") else text.split(",")


@route("GET", "/health", None)
def get_health(request):
    return 200, {"status": "available"}


@route("GET", "/version", "version")
def get_version(request):
    return 200, {"commitSha": "stand-in", "commitDate": "stand-in", "pkgVersion": VERSION}


@route("GET", "/stats", "stats.get")
def get_stats(request):
    indexes = {uid: index_stats(index) for uid, index in request.store.indexes.items()}
    return 200, {"databaseSize": 0, "usedDatabaseSize": 0, "lastUpdate": now(), "indexes": indexes}


def index_stats(index):
    fields = {}
    for document in index["documents"].values():
        for name in document:
            fields[name] = fields.get(name, 0) + 1
    count = len(index["documents"])
    return {
        "numberOfDocuments": count, "isIndexing": False, "fieldDistribution": fields,
        "rawDocumentDbSize": 0, "avgDocumentSize": 0, "numberOfEmbeddedDocuments": 0, "numberOfEmbeddings": 0,
    }  # fmt: skip


@route("GET", "/indexes/{index}/stats", "stats.get")
def get_index_stats(request, index):
    return 200, index_stats(request.store.index(index))


@route("POST", "/keys", "keys.create")
def create_key(request):
    key = request.store.keys.create(request.json())
    request.store.save()
    return 201, key


@route("GET", "/keys", "keys.get")
def list_keys(request):
    return 200, paginate(list(request.store.keys.by_uid.values()), request)


@route("GET", "/keys/{key}", "keys.get")
def get_key(request, key):
    return 200, request.store.keys.find(key)


@route("PATCH", "/keys/{key}", "keys.update")
def update_key(request, key):
    updated = request.store.keys.update(key, request.json())
    request.store.save()
    return 200, updated


@route("DELETE", "/keys/{key}", "keys.delete")
def delete_key(request, key):
    del request.store.keys.by_uid[request.store.keys.find(key)["uid"]]
    request.store.save()
    return 204, None


def paginate(rows, request):
    offset, limit = request.number("offset", 0), request.number("limit", 20)
    return {"results": rows[offset : offset + limit], "offset": offset, "limit": limit, "total": len(rows)}


def describe_index(uid, index):
    return {"uid": uid} | {name: index[name] for name in ("createdAt", "updatedAt", "primaryKey")}


@route("GET", "/indexes", "indexes.get")
def list_indexes(request):
    rows = [describe_index(uid, index) for uid, index in sorted(request.store.indexes.items())]
    return 200, paginate(rows, request)


@route("POST", "/indexes", "indexes.create")
def create_index(request):
    body = request.json()
    uid = body.get("uid")
    if not isinstance(uid, str) or not UID_PATTERN.match(uid):
        raise ApiError(400, "invalid_index_uid", f"`{uid}` is not a valid index uid.")
    store, primary_key = request.store, body.get("primaryKey")

    def effect(_details):
        if uid in store.indexes:
            raise ApiError(409, "index_already_exists", f"Index `{uid}` already exists.")
        store.create_index(uid, primary_key)

    return 202, store.enqueue("indexCreation", uid, {"primaryKey": primary_key}, effect)


@route("GET", "/indexes/{index}", "indexes.get")
def get_index(request, index):
    return 200, describe_index(index, request.store.index(index))


@route("PATCH", "/indexes/{index}", "indexes.update")
def update_index(request, index):
    primary_key = request.json().get("primaryKey")

    def effect(_details):
        found = request.store.index(index)
        if found["documents"] and found["primaryKey"] != primary_key:
            raise ApiError(400, "index_primary_key_already_exists", f"Index `{index}` already has a primary key.")
        found.update(primaryKey=primary_key, updatedAt=now())

    return 202, request.store.enqueue("indexUpdate", index, {"primaryKey": primary_key}, effect)


@route("DELETE", "/indexes/{index}", "indexes.delete")
def delete_index(request, index):
    def effect(details):
        details["deletedDocuments"] = len(request.store.index(index)["documents"])
        del request.store.indexes[index]

    return 202, request.store.enqueue("indexDeletion", index, {"deletedDocuments": None}, effect)


@route("POST", "/swap-indexes", "indexes.swap")
def post_swap(request):
    swaps = request.json()
    uids = [uid for pair in swaps for uid in pair["indexes"]]
    if len(set(uids)) != len(uids):
        raise ApiError(400, "invalid_swap_duplicate_index_found", "An index occurs twice in the swaps.")
    effect = swap_indexes(request.store, swaps)
    return 202, request.store.enqueue("indexSwap", None, {"swaps": swaps}, effect)


@route("GET", "/indexes/{index}/settings", "settings.get")
def get_settings(request, index):
    return 200, request.store.index(index)["settings"]


@route("PATCH", "/indexes/{index}/settings", "settings.update")
def update_settings(request, index):
    return 202, change_settings(request.store, index, request.json())


@route("DELETE", "/indexes/{index}/settings", "settings.update")
def reset_settings(request, index):
    return 202, change_settings(request.store, index, dict.fromkeys(DEFAULT_SETTINGS))


@route("GET", "/indexes/{index}/settings/{name}", "settings.get")
def get_setting(request, index, name):
    return 200, request.store.index(index)["settings"][setting_name(name)]


@route("PUT", "/indexes/{index}/settings/{name}", "settings.update")
@route("PATCH", "/indexes/{index}/settings/{name}", "settings.update")
def update_setting(request, index, name):
    return 202, change_settings(request.store, index, {setting_name(name): request.json()})


@route("DELETE", "/indexes/{index}/settings/{name}", "settings.update")
def reset_setting(request, index, name):
    return 202, change_settings(request.store, index, {setting_name(name): None})


def setting_name(name):
    if name not in SUB_SETTINGS:
        raise ApiError(404, "not_found", f"No setting `{name}`.")
    return SUB_SETTINGS[name]


def change_settings(store, uid, changes):
    unknown = set(changes) - set(DEFAULT_SETTINGS)
    if unknown:
        raise ApiError(400, "bad_request", f"Unknown field `{sorted(unknown)[0]}`")

    def effect(_details):
        settings = store.index_or_new(uid)["settings"]
        for name, value in changes.items():
            default = json.loads(json.dumps(DEFAULT_SETTINGS[name]))
            if value is None:
                settings[name] = default
            elif isinstance(value, dict) and name != "synonyms":
                settings[name] = merge(settings[name] or {}, value)
            else:
                settings[name] = value

    return store.enqueue("settingsUpdate", uid, changes, effect)


def merge(old, new):
    """Objects merge deeply, as PATCH does."""
    both = {
        name: merge(old[name], value) if isinstance(value, dict) and isinstance(old.get(name), dict) else value
        for name, value in new.items()
        if value is not None
    }
    return old | both


@route("GET", "/indexes/{index}/documents", "documents.get")
def list_documents(request, index):
    documents = list(request.store.index(index)["documents"].values())
    return 200, paginate(only_fields(documents, request.names("fields")), request)


@route("POST", "/indexes/{index}/documents/fetch", "documents.get")
def fetch_documents(request, index):
    body, found = request.json(), request.store.index(index)
    filterable = set(found["settings"]["filterableAttributes"]) | {found["primaryKey"]}
    passes = Filter(filter_expression(body.get("filter")), filterable).test
    ids = None if body.get("ids") is None else {str(each) for each in body["ids"]}
    documents = [d for key, d in found["documents"].items() if (ids is None or key in ids) and passes(d)]
    offset, limit = body.get("offset", 0), body.get("limit", 20)
    page = only_fields(documents[offset : offset + limit], body.get("fields"))
    return 200, {"results": page, "offset": offset, "limit": limit, "total": len(documents)}


def only_fields(documents, fields):
    if fields is None or fields == ["*"]:
        return documents
    return [{name: document[name] for name in fields if name in document} for document in documents]


@route("POST", "/indexes/{index}/documents", "documents.add")
def post_documents(request, index):
    return 202, accept_documents(request, index, merge=False)


@route("PUT", "/indexes/{index}/documents", "documents.add")
def put_documents(request, index):
    return 202, accept_documents(request, index, merge=True)


def accept_documents(request, index, merge):
    documents = request.documents()
    effect = add_documents(request.store, index, documents, request.query.get("primaryKey"), merge)
    details = {"receivedDocuments": len(documents), "indexedDocuments": None}
    metadata = request.query.get("customMetadata")
    return request.store.enqueue("documentAdditionOrUpdate", index, details, effect, metadata)


@route("GET", "/indexes/{index}/documents/{identity}", "documents.get")
def get_document(request, index, identity):
    document = request.store.index(index)["documents"].get(identity)
    if document is None:
        raise ApiError(404, "document_not_found", f"Document `{identity}` not found.")
    return 200, only_fields([document], request.names("fields"))[0]


@route("DELETE", "/indexes/{index}/documents", "documents.delete")
def delete_all(request, index):
    return 202, accept_deletion(request, index, None)


@route("DELETE", "/indexes/{index}/documents/{identity}", "documents.delete")
def delete_one(request, index, identity):
    return 202, accept_deletion(request, index, [identity])


@route("POST", "/indexes/{index}/documents/delete-batch", "documents.delete")
def delete_batch(request, index):
    return 202, accept_deletion(request, index, request.json())


def accept_deletion(request, index, identities):
    count = 0 if identities is None else len(identities)
    details = {"providedIds": count, "deletedDocuments": None, "originalFilter": None}
    effect = delete_documents(request.store, index, identities)
    return request.store.enqueue("documentDeletion", index, details, effect, request.query.get("customMetadata"))


@route("POST", "/indexes/{index}/documents/delete", "documents.delete")
def delete_filtered(request, index):
    expression = filter_expression(request.json().get("filter"))
    details = {"providedIds": 0, "deletedDocuments": None, "originalFilter": json.dumps(expression)}
    effect = delete_by_filter(request.store, index, expression)
    return 202, request.store.enqueue("documentDeletion", index, details, effect)


@route("POST", "/indexes/{index}/search", "search")
def post_search(request, index):
    return 200, search(index, request.store.index(index), request.json())


@route("POST", "/multi-search", "search")
def multi_search(request):
    queries, results = request.json()["queries"], []
    for query in queries:
        uid = query["indexUid"]
        request.store.keys.authorise(request.token, "search", uid)
        results.append(search(uid, request.store.index(uid), query))
    return 200, {"results": results}


@route("GET", "/tasks/{uid}", "tasks.get")
def get_task(request, uid):
    tasks = request.store.tasks
    if not uid.isdigit() or int(uid) >= len(tasks):
        raise ApiError(404, "task_not_found", f"Task `{uid}` not found.")
    return 200, tasks[int(uid)]


@route("GET", "/tasks", "tasks.get")
def list_tasks(request):
    limit, first = request.number("limit", 20), request.query.get("from")
    reverse = request.query.get("reverse") == "true"
    tasks = [task for task in request.store.tasks if task_matches(task, request)]
    total = len(tasks)
    if first is not None:
        tasks = [t for t in tasks if (t["uid"] >= int(first) if reverse else t["uid"] <= int(first))]
    ordered = tasks if reverse else tasks[::-1]
    page, rest = ordered[:limit], ordered[limit:]
    return 200, {
        "results": page, "total": total, "limit": limit,
        "from": page[0]["uid"] if page else None, "next": rest[0]["uid"] if rest else None,
    }  # fmt: skip


def task_matches(task, request):
    wanted = (
        (request.names("statuses"), task["status"]),
        (request.names("types"), task["type"]),
        (request.names("indexUids"), task["indexUid"]),
        (request.names("uids"), str(task["uid"])),
    )
    if not all(names is None or value in names for names, value in wanted):
        return False
    for name, field, sign in (
        ("afterEnqueuedAt", "enqueuedAt", 1), ("beforeEnqueuedAt", "enqueuedAt", -1),
        ("afterFinishedAt", "finishedAt", 1), ("beforeFinishedAt", "finishedAt", -1),
    ):  # fmt: skip
        if name in request.query:
            if task[field] is None:
                return False
            moment = datetime.datetime.fromisoformat(request.query[name])
            if (datetime.datetime.fromisoformat(task[field]) - moment).total_seconds() * sign <= 0:
                return False
    return True


class Handler(http.server.BaseHTTPRequestHandler):
    """Finds the route, checks the key, answers JSON."""

    protocol_version = "HTTP/1.1"
    server_version = f"meilisearch-stand-in/{VERSION}"
    # Header and body leave in one segment each; without this the second waits.
    disable_nagle_algorithm = True

    def _answer(self):
        try:
            status, value = self._dispatch(self._body())
        except ApiError as error:
            status, value = error.status, error.body
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            status, value = 400, ApiError(400, "bad_request", f"Invalid request: {error!r}").body
        payload = b"" if value is None else json.dumps(value).encode()
        self.send_response(status)
        if value is not None:
            self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _answer

    def _body(self):
        if "chunked" not in (self.headers.get("Transfer-Encoding") or ""):
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return b"".join(chunks)

    def _dispatch(self, body):
        url = urllib.parse.urlsplit(self.path)
        for method, pattern, action, handler in ROUTES:
            found = pattern.match(url.path)
            if found and method == self.command:
                parts = {name: urllib.parse.unquote(value) for name, value in found.groupdict().items()}
                request = Request(
                    self.server.store, self._token(), dict(urllib.parse.parse_qsl(url.query)),
                    (self.headers.get("Content-Type") or "").split(";")[0].strip(), body,
                )  # fmt: skip
                with self.server.store.lock:
                    if action:
                        self.server.store.keys.authorise(request.token, action, parts.get("index"))
                    return handler(request, **parts)
        raise ApiError(404, "not_found", f"No route {self.command} {url.path} in this stand-in.")

    def _token(self):
        scheme, _, token = (self.headers.get("Authorization") or "").partition(" ")
        return token if scheme == "Bearer" and token else None

    def log_message(self, format, *arguments):
        if self.server.verbose:
            super().log_message(format, *arguments)


class Server(http.server.ThreadingHTTPServer):
    """The threaded server around one store."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address, store, verbose=False):
        self.store = store
        self.verbose = verbose
        super().__init__(address, Handler)


def main(arguments):
    parser = argparse.ArgumentParser(description="A stand-in for Meilisearch, not Meilisearch.")
    parser.add_argument("--http-addr", default=os.environ.get("MEILI_HTTP_ADDR", "127.0.0.1:7700"))
    parser.add_argument("--db-path", type=pathlib.Path, default=os.environ.get("MEILI_DB_PATH"))
    parser.add_argument("--verbose", action="store_true", help="log every request")
    options = parser.parse_args(arguments)
    host, _, port = options.http_addr.rpartition(":")
    path = None
    if options.db_path:
        pathlib.Path(options.db_path).mkdir(parents=True, exist_ok=True)
        path = pathlib.Path(options.db_path, "stand-in.json")
    # From the environment alone, as Meilisearch advises: arguments are public.
    store = Store(os.environ.get("MEILI_MASTER_KEY", ""), path)
    # As the first process of a container it would otherwise ignore the signal.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print(f"Meilisearch stand-in {VERSION} on {options.http_addr}", flush=True)
    Server((host or "127.0.0.1", int(port)), store, options.verbose).serve_forever()


if __name__ == "__main__":
    main(sys.argv[1:])
