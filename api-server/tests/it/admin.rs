//! The commands of the person on call: the program itself, as the role the API logs in with, and what people and the
//! outbox see of it.

use std::process::Stdio;

use serde_json::{Value, json};
use tokio::{io::AsyncWriteExt, process::Command};
use uuid::Uuid;

use crate::support::{PASSWORD, Reply, TestApp};

const NEW_PASSWORD: &str = "battery staple";
const SUSPENDED: &str = "This account is suspended.";
const WRONG: &str = "Wrong e-mail address or password.";

/// What a command answered.
struct Answer {
    code: i32,
    told: String,
    complained: String,
}

impl Answer {
    /// Makes sure that the command did its work and said exactly this.
    #[track_caller]
    fn done(&self, told: &str) {
        assert_eq!((self.code, self.told.as_str(), self.complained.as_str()), (0, &*format!("{told}\n"), ""));
    }

    /// Makes sure that the command failed with exactly this complaint.
    #[track_caller]
    fn refused(&self, complaint: &str) {
        let complaint = format!("phasma-api: {complaint}\n");
        assert_eq!((self.code, self.told.as_str(), self.complained.as_str()), (1, "", &*complaint));
    }
}

/// Runs `phasma-api admin` with the rights of the API's login and nothing in its environment but the database.
async fn admin(app: &TestApp, arguments: &[&str], input: &str) -> Answer {
    let owner = app.state.config.database.database_url.reveal();
    let separator = if owner.contains('?') { '&' } else { '?' };
    let url = format!("{owner}{separator}options[role]=phasma_app");
    let mut command = Command::new(env!("CARGO_BIN_EXE_phasma-api"));
    command.arg("admin").args(arguments).env_clear().env("PHASMA_DATABASE_URL", url);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A command that needs no input may be gone before it is written.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes()).await;
    let output = child.wait_with_output().await.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    Answer { code: output.status.code().unwrap(), told: text(output.stdout), complained: text(output.stderr) }
}

type Entry = (Option<String>, String, Option<String>, Option<String>, Value);

async fn audited(app: &TestApp) -> Vec<Entry> {
    sqlx::query_as("select actor, action, subject, reason, detail from audit_log order by id")
        .fetch_all(app.pool())
        .await
        .unwrap()
}

fn entry(actor: &str, action: &str, subject: &str, reason: Option<&str>, detail: Value) -> Entry {
    let own = str::to_owned;
    (Some(own(actor)), own(action), Some(own(subject)), reason.map(own), detail)
}

#[tokio::test]
async fn a_new_password_replaces_the_old_one_and_ends_every_session() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.sign_up("ada").await, app.sign_up("bob").await);
    let elsewhere = ada.elsewhere().await;
    let reset = ["reset-password", " Ada ", "--by", "kim"];
    let answer = admin(&app, &reset, &format!("{NEW_PASSWORD}\n")).await;
    answer.done("ada has a new password. Sessions ended: 2.");
    for session in [&ada, &elsewhere] {
        session.get("/users/me").await.refused(401, "Log in first.");
    }
    bob.get("/users/me").await.expect(200);
    app.log_in("ada", PASSWORD).await.refused(401, WRONG);
    app.log_in("ada", NEW_PASSWORD).await.expect(201);
    let current = "select count(*) from users where password_hash like '$argon2id$v=19$m=19456,t=2,p=1$%'";
    assert_eq!(app.number(current).await, 2);
    admin(&app, &reset, NEW_PASSWORD).await.done("ada has a new password. Sessions ended: 1.");
    let entries = [2, 1].map(|n| entry("kim", "password.reset", "ada", None, json!({ "sessionsEnded": n })));
    assert_eq!(audited(&app).await, entries);
    app.stop().await;
}

#[tokio::test]
async fn a_password_that_signing_up_would_refuse_changes_nothing() {
    let app = TestApp::start().await;
    let ada = app.sign_up("ada").await;
    let length = "Password must be 8 to 128 characters.";
    let nothing = "no password came by standard input; `kubectl exec` passes it on with -i";
    for (input, complaint) in [("seven77\n", length), (&*"x".repeat(129), length), ("", nothing)] {
        admin(&app, &["reset-password", "ada"], input).await.refused(complaint);
    }
    admin(&app, &["reset-password", "nobody"], NEW_PASSWORD).await.refused("there is no account nobody");
    ada.get("/users/me").await.expect(200);
    app.log_in("ada", PASSWORD).await.expect(201);
    assert!(audited(&app).await.is_empty());
    app.stop().await;
}

#[tokio::test]
async fn a_suspended_account_is_shut_out_but_stays_visible_until_it_is_restored() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.sign_up("ada").await, app.sign_up("bob").await);
    let post = ada.publish("still here").await;
    let suspend = ["suspend", "ada", "--reason", "posts spam", "--by", "kim"];
    admin(&app, &suspend, "").await.done("ada is suspended. Sessions ended: 1.");
    ada.get("/users/me").await.refused(401, "Log in first.");
    ada.act(&format!("/posts/{post}/likes")).await.refused(401, "Log in first.");
    let refused = app.log_in("ada", PASSWORD).await;
    refused.refused(403, SUSPENDED);
    assert!(!refused.headers.contains_key("set-cookie"));
    app.log_in("ada", "wrong horse").await.refused(401, WRONG);
    bob.get("/users/ada").await.expect(200);
    app.get(&format!("/posts/{post}")).await.expect(200);
    bob.like(post).await;
    admin(&app, &suspend, "").await.done("ada was suspended before. Nothing changed.");
    let restore = ["--by", "lou", "restore", "ada"];
    admin(&app, &restore, "").await.done("ada is restored and can log in again.");
    ada.get("/users/me").await.expect(401);
    app.log_in("ada", PASSWORD).await.expect(201);
    admin(&app, &restore, "").await.done("ada is not suspended. Nothing changed.");
    let entries = [
        entry("kim", "account.suspended", "ada", Some("posts spam"), json!({ "sessionsEnded": 1 })),
        entry("lou", "account.restored", "ada", None, json!({})),
    ];
    assert_eq!(audited(&app).await, entries);
    app.stop().await;
}

#[tokio::test]
async fn a_session_of_a_suspended_account_would_be_none() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    admin(&app, &["suspend", "ada", "--reason", "spam"], "")
        .await
        .done("ada is suspended. Sessions ended: 1.");
    ada.elsewhere().await.get("/users/me").await.refused(401, "Log in first.");
    app.stop().await;
}

#[tokio::test]
async fn logging_in_while_being_shut_out_starts_no_session() {
    let app = TestApp::start().await;
    app.sign_up("ada").await;
    let suspension = "update users set suspended = now()";
    log_in_during(&app, suspension).await.refused(403, SUSPENDED);
    app.sql("update users set suspended = null").await;
    log_in_during(&app, "update users set password_hash = 'another'").await.refused(401, WRONG);
    assert_eq!(app.number("select count(*) from sessions").await, 1);
    app.stop().await;
}

/// Logs in with a password that is right until `change`, which commits between the look at the password and the
/// start of the session.
async fn log_in_during(app: &TestApp, change: &'static str) -> Reply {
    let mut transaction = app.pool().begin().await.unwrap();
    sqlx::raw_sql(change).execute(&mut *transaction).await.unwrap();
    let committing = async {
        let waiting = "select count(*) from pg_stat_activity
                       where datname = current_database() and wait_event_type = 'Lock'";
        while app.number(waiting).await == 0 {
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
        transaction.commit().await.unwrap();
    };
    tokio::join!(app.log_in("ada", PASSWORD), committing).0
}

#[tokio::test]
async fn a_post_that_is_taken_down_goes_as_if_its_author_deleted_it() {
    let app = TestApp::start().await;
    let (ada, bob) = (app.person("ada").await, app.person("bob").await);
    let post = ada.publish("#Sea").await;
    let shown = app.get(&format!("/posts/{post}")).await.expect(200);
    bob.like(post).await;
    bob.comment(post, "nice").await;
    app.forget_events().await;
    let id = post.to_string();
    let take_down = ["take-down", &id, "--reason", "stolen picture", "--by", "kim"];
    admin(&app, &take_down, "").await.done(&format!("Post {post} is taken down."));
    let events = [
        ("post.deleted.v1".to_owned(), json!({ "postId": post, "authorId": ada.id })),
        ("media.released.v1".to_owned(), json!({ "keys": [shown["filename"]] })),
    ];
    assert_eq!(app.events().await, events);
    let left = "select (select count(*) from posts) + (select count(*) from comments)
                       + (select count(*) from likes) + (select count(*) from post_media)
                       + (select sum(posts + likes) from user_counters)::bigint
                       + (select sum(posts) from hashtag_counters)::bigint";
    assert_eq!(app.number(left).await, 0);
    app.get(&format!("/posts/{post}")).await.refused(404, "Post not found.");
    ada.delete(&format!("/posts/{post}")).await.refused(404, "Post not found.");
    ada.publish("another").await;
    app.forget_events().await;
    let again = format!("Post {post} was taken down before. Nothing changed.");
    admin(&app, &take_down, "").await.done(&again);
    assert!(app.events().await.is_empty());
    let detail = json!({ "author": ada.id });
    let entries = [entry("kim", "post.taken_down", &id, Some("stolen picture"), detail)];
    assert_eq!(audited(&app).await, entries);
    app.stop().await;
}

#[tokio::test]
async fn what_names_nothing_or_gives_no_reason_changes_nothing() {
    let app = TestApp::start().await;
    let ada = app.person("ada").await;
    let kept = ada.publish("mine").await;
    let gone = ada.publish("gone").await;
    ada.delete(&format!("/posts/{gone}")).await.expect(204);
    app.forget_events().await;
    let unknown = Uuid::now_v7();
    for post in [gone, unknown] {
        let complaint = format!("there is no post {post}: it was never there, or its author deleted it");
        admin(&app, &["take-down", &post.to_string(), "--reason", "spam"], "").await.refused(&complaint);
    }
    let no_id = admin(&app, &["take-down", "first", "--reason", "spam"], "").await;
    assert_eq!(no_id.code, 1);
    assert!(
        no_id.complained.starts_with("phasma-api: \"first\" is not the id of a post"),
        "{}",
        no_id.complained
    );
    let line = "--reason must be one line of 1 to 500 characters.";
    for reason in ["", "two\nlines"] {
        admin(&app, &["suspend", "ada", "--reason", reason], "").await.refused(line);
        admin(&app, &["take-down", &kept.to_string(), "--reason", reason], "").await.refused(line);
    }
    admin(&app, &["restore", "ada", "--by", " "], "")
        .await
        .refused("--by must be one line of 1 to 500 characters.");
    let username = "Username must be 3 to 30 letters a-z, digits, dots or underscores.";
    for action in
        [&["suspend", "a b", "--reason", "spam"][..], &["restore", "a b"], &["reset-password", "a b"]]
    {
        admin(&app, action, NEW_PASSWORD).await.refused(username);
    }
    admin(&app, &["suspend", "nobody", "--reason", "spam"], "").await.refused("there is no account nobody");
    admin(&app, &["restore", "nobody"], "").await.refused("there is no account nobody");
    ada.get(&format!("/posts/{kept}")).await.expect(200);
    assert!(app.events().await.is_empty() && audited(&app).await.is_empty());
    app.stop().await;
}

#[tokio::test]
async fn the_log_tells_the_newest_first_and_only_grows() {
    let app = TestApp::start().await;
    admin(&app, &["log"], "").await.done("The audit log is empty.");
    let ada = app.sign_up("ada").await;
    let change = json!({ "currentPassword": PASSWORD, "newPassword": NEW_PASSWORD });
    ada.put("/users/me", &change).await.expect(204);
    admin(&app, &["suspend", "ada", "--reason", "spam"], "")
        .await
        .done("ada is suspended. Sessions ended: 1.");
    let log = admin(&app, &["log"], "").await;
    assert_eq!((log.code, log.complained.as_str()), (0, ""));
    let without_time = |line: &str| line.split_once(' ').unwrap().1.to_owned();
    let lines: Vec<_> = log.told.lines().map(without_time).collect();
    let suspended = r#"account.suspended ada by unknown: spam {"sessionsEnded":1}"#;
    assert_eq!(lines, [suspended, r#"password.changed ada by its owner {"sessionsEnded":0}"#]);
    let newest = admin(&app, &["log", "--limit", "1"], "").await;
    assert_eq!(newest.told.lines().map(without_time).collect::<Vec<_>>(), [suspended]);
    for forbidden in ["update audit_log set actor = 'nobody'", "delete from audit_log", "truncate audit_log"]
    {
        assert_eq!(refusal_as_app(&app, forbidden).await, "42501", "{forbidden}");
    }
    app.stop().await;
}

/// The code with which the database refuses `statement` of the programs' role.
async fn refusal_as_app(app: &TestApp, statement: &'static str) -> String {
    let mut transaction = app.pool().begin().await.unwrap();
    sqlx::raw_sql("set local role phasma_app").execute(&mut *transaction).await.unwrap();
    let error = sqlx::raw_sql(statement).execute(&mut *transaction).await.unwrap_err();
    error.as_database_error().unwrap().code().unwrap().into_owned()
}

#[tokio::test]
async fn a_database_that_is_away_is_named_by_its_variable() {
    let app = TestApp::start().await;
    let away = "--database-url=postgres://phasma_api@127.0.0.1:1/phasma";
    let answer = admin(&app, &[away, "restore", "ada"], "").await;
    assert_eq!((answer.code, answer.told.as_str()), (1, ""));
    let complaint = "phasma-api: the database in PHASMA_DATABASE_URL can't be reached: ";
    assert!(answer.complained.starts_with(complaint), "{}", answer.complained);
    app.stop().await;
}
