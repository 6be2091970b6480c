//! A measurement, not a test: how fast the relay works off a backlog. Run it by
//! `cargo test -p phasma-workers --test it -- --ignored --nocapture throughput`.

use std::time::Instant;

use phasma_domain::contract::topics::ENTITY_CHANGES;

use crate::support::Installation;

#[tokio::test(flavor = "multi_thread")]
#[ignore = "a measurement"]
async fn throughput_of_a_backlog() {
    const ROWS: i32 = 200_000;
    let installation = Installation::create().await;
    let relay = installation.start("relay");
    relay.ready().await;
    relay.stop().await;
    sqlx::raw_sql(
        "create procedure fill(rows int) language plpgsql as $$
         begin
             for n in 1..rows loop
                 insert into outbox (id, aggregate, aggregate_id, type, payload)
                 values (uuidv7(), 'hashtag', (n % 1000)::text, 'hashtag.changed.v1',
                         jsonb_build_object('name', repeat('x', 280)));
                 commit;
             end loop;
         end $$",
    )
    .execute(installation.pool())
    .await
    .unwrap();
    sqlx::query("call fill($1)").bind(ROWS).execute(installation.pool()).await.unwrap();

    let begun = Instant::now();
    let relay = installation.start("relay");
    let rows = usize::try_from(ROWS).unwrap();
    let records = installation.topics().first(ENTITY_CHANGES, rows).await;
    let seconds = begun.elapsed().as_secs_f64();
    assert_eq!(records.len(), rows);
    println!("{ROWS} single-row transactions in {seconds:.1} s: {:.0} a second", f64::from(ROWS) / seconds);
    relay.stop().await;
    installation.remove().await;
}
