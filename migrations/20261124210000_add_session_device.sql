-- What a session is called in its owner's list: a short name out of the user agent, made by the API. Null in sessions from
-- before. From now on nothing reads or writes `user_agent`; the next release takes it away.

alter table sessions add column device text;
