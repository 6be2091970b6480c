//! Who may do what: every operation of the document as a stranger, as the owner of what it is about, as somebody else, as
//! somebody whom the owner blocked, and as somebody whose account is suspended.

use std::collections::BTreeSet;

use image::ImageFormat;
use reqwest::{
    Method, RequestBuilder,
    multipart::{Form, Part},
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{DOCUMENT, PASSWORD, Person, Reply, TestApp, picture::encoded};

/// Columns of the table. The owner comes last, since theirs are the requests that take things away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Role {
    Stranger,
    Suspended,
    Blocked,
    Other,
    Owner,
}

const ROLES: [Role; 5] = [Role::Stranger, Role::Suspended, Role::Blocked, Role::Other, Role::Owner];

/// For everybody.
const OPEN: [u16; 5] = [200; 5];
const ALIVE: [u16; 5] = [204; 5];
/// For everybody who is logged in, since it is about themselves.
const OWN: [u16; 5] = [401, 401, 200, 200, 200];
const OWN_CHANGE: [u16; 5] = [401, 401, 204, 204, 204];
const OWN_NEW: [u16; 5] = [401, 401, 201, 201, 201];
/// For everybody whom the owner doesn't block, logged in or not, and who is logged in.
const SHOWN: [u16; 5] = [200, 200, 404, 200, 200];
const SHOWN_INSIDE: [u16; 5] = [401, 401, 404, 200, 200];
const DONE_TO: [u16; 5] = [401, 401, 404, 204, 204];
/// For everybody but the owner.
const TO_OTHERS: [u16; 5] = [401, 401, 404, 204, 400];
/// For the owner alone: others are told so, or that it isn't there.
const OWNER_CHANGE: [u16; 5] = [401, 401, 404, 403, 204];
const OWNER_SECRET: [u16; 5] = [401, 401, 404, 404, 204];

const MATRIX: [(&str, &str, [u16; 5]); 57] = [
    ("GET", "/feed", OWN),
    ("GET", "/hashtags/search", OWN),
    ("GET", "/hashtags/{name}", OWN),
    ("GET", "/hashtags/{name}/posts", OWN),
    ("GET", "/health", ALIVE),
    ("GET", "/health/background", OPEN),
    ("GET", "/health/traffic", ALIVE),
    ("GET", "/metrics", OPEN),
    ("GET", "/notifications", OWN),
    ("GET", "/notifications/unread-count", OWN),
    ("PUT", "/notifications/{id}/read", OWNER_SECRET),
    ("GET", "/openapi.json", OPEN),
    ("POST", "/posts", OWN_NEW),
    ("GET", "/posts/popular", OWN),
    ("GET", "/posts/{publicId}", SHOWN),
    ("PATCH", "/posts/{publicId}", [401, 401, 404, 403, 200]),
    ("DELETE", "/posts/{publicId}", OWNER_CHANGE),
    ("POST", "/posts/{publicId}/bookmark", DONE_TO),
    // What was given before a block can be taken back.
    ("DELETE", "/posts/{publicId}/bookmark", OWN_CHANGE),
    ("GET", "/posts/{publicId}/comments", SHOWN_INSIDE),
    ("POST", "/posts/{publicId}/comments", [401, 401, 404, 201, 201]),
    ("DELETE", "/posts/{publicId}/comments/{commentId}", OWNER_CHANGE),
    ("POST", "/posts/{publicId}/likes", DONE_TO),
    ("DELETE", "/posts/{publicId}/likes", OWN_CHANGE),
    ("GET", "/ready", ALIVE),
    ("GET", "/search", OWN),
    ("GET", "/search/recent", OWN),
    ("POST", "/search/recent", DONE_TO),
    ("DELETE", "/search/recent", OWN_CHANGE),
    ("DELETE", "/search/recent/{id}", OWNER_SECRET),
    ("GET", "/sessions", OWN),
    ("POST", "/sessions", [401, 403, 201, 201, 201]),
    ("DELETE", "/sessions", OWN_CHANGE),
    ("DELETE", "/sessions/{id}", OWNER_SECRET),
    ("POST", "/uploads", OWN_NEW),
    ("GET", "/uploads/{filename}", OPEN),
    ("GET", "/uploads/{filename}/{rendition}", OPEN),
    ("POST", "/users", [201; 5]),
    ("GET", "/users/me", OWN),
    ("PUT", "/users/me", OWN),
    ("DELETE", "/users/me", OWN_CHANGE),
    ("GET", "/users/me/blocks", OWN),
    ("GET", "/users/me/bookmarks", OWN),
    ("GET", "/users/me/export", OWN),
    ("GET", "/users/search", OWN),
    ("GET", "/users/suggested", OWN),
    ("GET", "/users/{username}", SHOWN),
    // Whoever is blocked may block, too, and a block is ended by the name alone.
    ("POST", "/users/{username}/block", [401, 401, 204, 204, 400]),
    ("DELETE", "/users/{username}/block", [401, 401, 204, 204, 400]),
    ("POST", "/users/{username}/follow", TO_OTHERS),
    ("DELETE", "/users/{username}/follow", TO_OTHERS),
    ("GET", "/users/{username}/followers", SHOWN_INSIDE),
    ("GET", "/users/{username}/following", SHOWN_INSIDE),
    ("GET", "/users/{username}/likes", SHOWN_INSIDE),
    ("POST", "/users/{username}/mute", TO_OTHERS),
    ("DELETE", "/users/{username}/mute", [401, 401, 204, 204, 400]),
    ("GET", "/users/{username}/posts", SHOWN),
];

/// People around what one of them owns, for one operation.
struct Scene<'a> {
    app: &'a TestApp,
    stranger: Person<'a>,
    suspended: Person<'a>,
    blocked: Person<'a>,
    other: Person<'a>,
    owner: Person<'a>,
    post: Uuid,
    comment: Uuid,
    notification: Uuid,
    session: Uuid,
    search: Uuid,
}

impl<'a> Scene<'a> {
    async fn set(app: &'a TestApp, number: usize, password_hash: &str) -> Self {
        let name = |role: &str| format!("{role}{number}");
        let owner = app.person(&name("owner")).await;
        let post = owner.publish("The #sea").await;
        let mut scene = Self {
            app,
            stranger: Person::new(app, String::new(), &name("stranger"), 0, Uuid::nil()),
            suspended: app.person(&name("suspended")).await,
            blocked: app.person(&name("blocked")).await,
            other: app.person(&name("other")).await,
            post,
            comment: owner.comment(post, "mine").await,
            notification: Uuid::now_v7(),
            session: Uuid::nil(),
            search: Uuid::now_v7(),
            owner,
        };
        scene.session = scene.prepare(password_hash).await;
        scene
    }

    /// What the API has no way to, or none so short; the answer is the owner's session elsewhere.
    async fn prepare(&self, password_hash: &str) -> Uuid {
        let pool = self.app.pool();
        let _elsewhere = self.owner.elsewhere().await;
        let session =
            sqlx::query_scalar("select public_id from sessions where user_id = $1 order by id desc limit 1");
        let session = session.bind(self.owner.key).fetch_one(pool).await.unwrap();
        let people = [self.suspended.key, self.blocked.key, self.other.key, self.owner.key];
        let with_password = "update users set password_hash = $2 where id = any($1)";
        sqlx::query(with_password).bind(&people[..]).bind(password_hash).execute(pool).await.unwrap();
        let suspend = "update users set suspended = now() where id = $1";
        sqlx::query(suspend).bind(self.suspended.key).execute(pool).await.unwrap();
        let block = "insert into blocks (blocker_id, blocked_id) values ($1, $2)";
        sqlx::query(block).bind(self.owner.key).bind(self.blocked.key).execute(pool).await.unwrap();
        let notify = "insert into notifications (public_id, user_id, actor_id, kind, entity_id) values ($1, $2, $3, 'follow', $1)";
        let notify = sqlx::query(notify).bind(self.notification).bind(self.owner.key).bind(self.other.key);
        notify.execute(pool).await.unwrap();
        let search = "insert into recent_searches (public_id, user_id, query) values ($1, $2, 'sea')";
        sqlx::query(search).bind(self.search).bind(self.owner.key).execute(pool).await.unwrap();
        session
    }

    fn person(&self, role: Role) -> &Person<'a> {
        match role {
            Role::Stranger => &self.stranger,
            Role::Suspended => &self.suspended,
            Role::Blocked => &self.blocked,
            Role::Other => &self.other,
            Role::Owner => &self.owner,
        }
    }

    /// The path with what the owner has in the places of its parameters.
    fn path(&self, template: &str, filename: &str) -> String {
        let id = match template.split('/').nth(1) {
            Some("notifications") => self.notification,
            Some("sessions") => self.session,
            _ => self.search,
        };
        let path = template
            .replace("{username}", &self.owner.username)
            .replace("{publicId}", &self.post.to_string())
            .replace("{commentId}", &self.comment.to_string())
            .replace("{id}", &id.to_string())
            .replace("{name}", "sea")
            .replace("{filename}", filename)
            .replace("{rendition}", "320.webp");
        if path.contains("search") && !path.contains("recent") { path + "?q=sea" } else { path }
    }

    /// The request with a body that is right for whoever sends it.
    async fn request(&self, role: Role, method: &str, template: &str, filename: &str) -> RequestBuilder {
        let person = self.person(role);
        let request = person.request(method.parse::<Method>().unwrap(), &self.path(template, filename));
        if template == "/uploads" {
            let picture = Part::bytes(encoded(40, 30, ImageFormat::Png));
            return request.multipart(Form::new().part("image", picture));
        }
        match self.body(person, method, template).await {
            Value::Null => request,
            body => request.json(&body),
        }
    }

    async fn body(&self, person: &Person<'_>, method: &str, template: &str) -> Value {
        let email = self.app.email(&person.username);
        match (method, template) {
            ("POST", "/posts") if person.key > 0 => json!({ "filename": person.pending().await }),
            ("POST", "/posts") => json!({ "filename": "" }),
            ("PATCH", "/posts/{publicId}") => json!({ "description": "another" }),
            ("POST", "/posts/{publicId}/comments") => json!({ "body": "nice" }),
            ("POST", "/search/recent") => json!({ "type": "users", "reference": self.owner.username }),
            ("POST", "/sessions") => json!({ "email": email, "password": PASSWORD }),
            ("POST", "/users") => {
                let username = format!("new.{}", person.username);
                json!({ "name": "New", "username": username, "email": self.app.email(&username), "password": PASSWORD })
            }
            ("PUT", "/users/me") => json!({ "name": "Name", "username": person.username, "email": email }),
            ("DELETE", "/users/me") => json!({ "password": PASSWORD }),
            _ => Value::Null,
        }
    }
}

#[tokio::test]
async fn everyone_may_do_what_they_may_and_nothing_else() {
    let app = TestApp::start().await;
    app.make_bucket().await;
    let filename = app.person("painter").await.upload(encoded(400, 300, ImageFormat::Png)).await;
    let password_hash = app.state.hasher.hash(PASSWORD.to_owned()).await.unwrap();
    let mut wrong = Vec::new();
    for (number, (method, template, expected)) in MATRIX.into_iter().enumerate() {
        let scene = Scene::set(&app, number, &password_hash).await;
        for (role, expected) in ROLES.into_iter().zip(expected) {
            let reply = Reply::to(scene.request(role, method, template, &filename).await).await;
            if reply.status != expected {
                wrong
                    .push(format!("{method} {template} as {role:?}: {} instead of {expected}", reply.status));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    app.stop().await;
}

#[test]
fn no_operation_is_left_out() {
    let paths = DOCUMENT["paths"].as_object().unwrap();
    let documented: BTreeSet<_> = paths
        .iter()
        .flat_map(|(path, item)| {
            item.as_object().unwrap().keys().map(move |method| (method.to_uppercase(), path.clone()))
        })
        .collect();
    let listed = MATRIX.iter().map(|(method, path, _)| ((*method).to_owned(), (*path).to_owned())).collect();
    assert_eq!(documented, listed);
}
