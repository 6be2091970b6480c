"""The stand-in over HTTP, against what Meilisearch's reference says of each answer."""

import hashlib
import hmac
import http.client
import json
import pathlib
import sys
import tempfile
import threading
import time
import unittest
import urllib.error
import urllib.request

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))

import meilisearch_stand_in as stand_in

MASTER = "a-master-key-of-enough-bytes"


class StandInTest(unittest.TestCase):
    def setUp(self):
        self.server = stand_in.Server(("127.0.0.1", 0), stand_in.Store(MASTER))
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.addCleanup(self.server.server_close)
        self.addCleanup(self.server.shutdown)

    def call(self, method, path, body=None, key=MASTER, content_type="application/json"):
        data = body.encode() if isinstance(body, str) else None if body is None else json.dumps(body).encode()
        url = f"http://127.0.0.1:{self.server.server_port}{path}"
        headers = {"Content-Type": content_type} | ({"Authorization": f"Bearer {key}"} if key else {})
        request = urllib.request.Request(url, data, headers, method=method)
        try:
            with urllib.request.urlopen(request) as response:
                return response.status, json.loads(response.read() or "null")
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.loads(error.read())

    def task(self, method, path, body=None, **options):
        """Calls, expects acceptance, and returns the finished task."""
        status, summary = self.call(method, path, body, **options)
        self.assertEqual(status, 202, summary)
        deadline = time.monotonic() + 5
        while time.monotonic() < deadline:
            task = self.call("GET", f"/tasks/{summary['taskUid']}")[1]
            if task["status"] in ("succeeded", "failed"):
                return task
        self.fail(f"unfinished: {task}")

    def search(self, query, **options):
        status, answer = self.call("POST", "/indexes/posts/search", {"q": query} | options)
        self.assertEqual(status, 200, answer)
        return [hit["id"] for hit in answer["hits"]]

    def posts(self):
        settings = {
            "searchableAttributes": ["description", "hashtags"],
            "filterableAttributes": ["authorId"],
            "sortableAttributes": ["created"],
        }
        self.task("PATCH", "/indexes/posts/settings", settings)
        documents = [
            {"id": "a", "description": "Sunset at the beach", "hashtags": ["sea"], "authorId": "x", "created": 1},
            {"id": "b", "description": "A mountain", "hashtags": ["sunset"], "authorId": "y", "created": 2},
            {"id": "c", "description": "Café", "hashtags": [], "authorId": "x", "created": 3},
        ]
        return self.task("POST", "/indexes/posts/documents?primaryKey=id", documents)

    def test_says_that_it_is_a_stand_in(self):
        self.assertEqual(self.call("GET", "/health", key=None)[1], {"status": "available"})
        self.assertEqual(self.call("GET", "/version")[1]["pkgVersion"], "0.0.0-stand-in")

    def test_key_is_derived_and_limited_to_its_actions_and_indexes(self):
        uid = "6062abda-a5aa-4414-ac91-ecd7944c0f8d"
        request = {"uid": uid, "actions": ["search"], "indexes": ["po*"], "expiresAt": None}
        status, created = self.call("POST", "/keys", request)
        self.assertEqual((status, self.call("POST", "/keys", request)[0]), (201, 409))
        key = hmac.new(MASTER.encode(), uid.encode(), hashlib.sha256).hexdigest()
        self.assertEqual(created["key"], key)
        self.posts()
        self.task("POST", "/indexes", {"uid": "users"})
        self.assertEqual(self.call("POST", "/indexes/posts/search", {}, key=key)[0], 200)
        self.assertEqual(self.call("POST", "/indexes/users/search", {}, key=key)[0], 403)
        multi = {"queries": [{"indexUid": "users"}]}
        self.assertEqual(self.call("POST", "/multi-search", multi, key=key)[0], 403)
        status, error = self.call("POST", "/indexes/posts/documents", [], key=key)
        self.assertEqual((status, error["code"], error["type"]), (403, "invalid_api_key", "auth"))
        self.assertEqual(self.call("GET", "/indexes", key=None)[0], 401)

    def test_documents_replace_merge_and_delete(self):
        task = self.posts()
        self.assertEqual(task["details"], {"receivedDocuments": 3, "indexedDocuments": 3})
        lines = '{"id":"a","description":"new"}\n{"id":"d","description":"four"}\n'
        self.task("PUT", "/indexes/posts/documents", lines, content_type="application/x-ndjson")
        merged = self.call("GET", "/indexes/posts/documents/a")[1]
        self.assertEqual((merged["description"], merged["authorId"]), ("new", "x"))
        deleted = self.task("POST", "/indexes/posts/documents/delete-batch", ["a", "nobody"])
        self.assertEqual(deleted["details"]["deletedDocuments"], 1)
        self.assertEqual(self.call("GET", "/indexes/posts/documents/a")[1]["code"], "document_not_found")
        self.assertEqual(self.call("GET", "/indexes/posts/documents")[1]["total"], 3)

    def test_one_bad_id_fails_its_whole_task(self):
        task = self.task("POST", "/indexes/posts/documents", [{"id": "good"}, {"id": "b a d"}])
        self.assertEqual((task["status"], task["error"]["code"]), ("failed", "invalid_document_id"))
        self.assertEqual(task["details"]["indexedDocuments"], 0)
        failed = self.call("GET", "/tasks?statuses=failed&indexUids=posts")[1]
        self.assertEqual([each["uid"] for each in failed["results"]], [task["uid"]])

    def test_search_matches_prefixes_and_typos_ranked_by_attribute(self):
        self.posts()
        self.assertEqual(self.search("sunset"), ["a", "b"])
        self.assertEqual(self.search("suns"), ["a", "b"])
        self.assertEqual(self.search("sunsat"), ["a", "b"])
        self.assertEqual(self.search("cafe"), ["c"])
        self.assertEqual(self.search("sunset beach"), ["a"])
        self.assertEqual(self.search("bea beach"), [])

    def test_search_filters_sorts_and_pages(self):
        self.posts()
        self.assertEqual(self.search("", filter="authorId = x", sort=["created:desc"]), ["c", "a"])
        self.assertEqual(self.search("", filter='authorId IN [x, "y"] AND NOT authorId = y'), ["a", "c"])
        self.assertEqual(self.search("", filter=[["authorId = x", "authorId = y"]], offset=1, limit=1), ["b"])
        status, error = self.call("POST", "/indexes/posts/search", {"filter": "created = 1"})
        self.assertEqual((status, error["code"]), (400, "invalid_search_filter"))
        retrieved = self.call("POST", "/indexes/posts/search", {"q": "café", "attributesToRetrieve": ["id"]})[1]
        self.assertEqual(retrieved["hits"], [{"id": "c"}])

    def test_swap_exchanges_two_indexes(self):
        self.posts()
        self.task("POST", "/indexes", {"uid": "new", "primaryKey": "id"})
        self.task("POST", "/swap-indexes", [{"indexes": ["posts", "new"]}])
        self.assertEqual(self.search(""), [])
        self.assertEqual(self.call("GET", "/indexes/new/documents")[1]["total"], 3)
        missing = self.task("POST", "/swap-indexes", [{"indexes": ["posts", "absent"]}])
        self.assertEqual(missing["error"]["code"], "index_not_found")

    def test_bodies_may_come_in_chunks(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.server_port)
        self.addCleanup(connection.close)
        headers = {"Authorization": f"Bearer {MASTER}", "Content-Type": "application/json"}
        connection.request("POST", "/indexes", iter([b'{"uid":', b'"posts"}']), headers, encode_chunked=True)
        answer = connection.getresponse()
        self.assertEqual((answer.status, json.loads(answer.read())["indexUid"]), (202, "posts"))

    def test_errors_of_requests_are_meilisearchs(self):
        status, error = self.call("POST", "/indexes/absent/search", {})
        self.assertEqual((status, error["code"]), (404, "index_not_found"))
        self.assertEqual(set(error), {"message", "code", "type", "link"})
        self.assertEqual(self.call("POST", "/indexes/x/documents", "{", content_type="application/json")[0], 400)
        self.assertEqual(self.call("POST", "/indexes/x/documents", "a,b", content_type="text/plain")[0], 415)


class PersistenceTest(unittest.TestCase):
    def test_a_new_store_finds_what_the_old_one_wrote(self):
        with tempfile.TemporaryDirectory() as directory:
            path = pathlib.Path(directory, "state.json")
            store = stand_in.Store(MASTER, path)
            effect = stand_in.add_documents(store, "posts", [{"id": "a"}], "id", merge=False)
            store.enqueue("documentAdditionOrUpdate", "posts", {"indexedDocuments": None}, effect)
            deadline = time.monotonic() + 5
            while not path.exists() and time.monotonic() < deadline:
                time.sleep(0.01)
            self.assertEqual(stand_in.Store(MASTER, path).index("posts")["documents"], {"a": {"id": "a"}})

    def test_another_master_key_makes_other_keys(self):
        uid = "55e0341e-0b5c-490f-b06a-8493806f5ebe"
        state = {}
        former = stand_in.Keys(MASTER, state)
        former.create({"uid": uid, "actions": ["*"], "indexes": ["*"], "expiresAt": None})
        former.authorise(former.derive(uid), "search", "posts")
        keys = stand_in.Keys("another-master-key-of-bytes", state)
        keys.authorise(keys.derive(uid), "search", "posts")
        with self.assertRaises(stand_in.ApiError):
            keys.authorise(former.derive(uid), "search", "posts")


if __name__ == "__main__":
    unittest.main()
