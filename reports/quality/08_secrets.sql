-- title: Places that hold a secret, by rule
-- question: Does the text hold keys, tokens or passwords?
-- chart: bars
-- unit: Places by the rule that found them, the most frequent first.
-- count: conversations
-- note: A place is a piece of a block, of a recorded extra, of a name or of the tools
--   on offer. On these pages, in previews and in what is exported, a mark such as
--   [secret: jwt] stands there instead. The text itself keeps it unless it was
--   ingested with --redact.
-- note: Personal data (e-mail, phone, IP address, names of home folders) are looked for
--   only where a source was ingested with --redact-personal, which removes them.
-- note: Rules know the forms of some hundred kinds of keys. What has none of these
--   forms is not found; a random text of such a form is found though it opens nothing.
-- note: All places are counted, none is sampled, so there is no interval. Exact copies
--   count too.
-- columns: label=Rule | kind=Kind | source_text=Sources | value=Places |
--   n=Conversations | redacted=Removed from the text
-- empty: No secret is found.

-- part: base
create or replace temp table secrets_by_rule as

select
    rule_id as label,
    kind,
    count(*) as places,
    count(distinct conversation_id) as conversations,
    count(*) filter (where is_redacted) as redacted,
    array_to_string(list_sort(list(distinct short_text(source, 40))), ', ')
        as source_text
from secret_findings
group by rule_id, kind;

-- part: rows
select
    label,
    kind,
    source_text,
    cast(places as double) as value,
    conversations as n,
    redacted,
    count_text(places) as text,
    label || ': ' || counted(places, 'place', 'places') || ' in '
    || counted(conversations, 'conversation', 'conversations') as tip
from secrets_by_rule
order by places desc, label asc;

-- part: answer
with

places as (

    select
        count(*) filter (where kind = 'secret') as secrets,
        count(distinct conversation_id) filter (where kind = 'secret') as holders,
        count(*) filter (where kind = 'secret' and not is_redacted) as left_in,
        count(*) filter (where kind = 'personal') as personal
    from secret_findings

),

rules as (

    select
        list(
            label || ' ' || count_text(places) order by places desc, label asc
        ) as texts
    from secrets_by_rule
    where kind = 'secret'

),

conversations as (

    select count(*) as conversations from dim_conversations

)

select
    case
        when conversations.conversations = 0 then 'No conversation is in the warehouse.'
        when places.secrets = 0
            then
                'No secret is found in '
                || counted(conversations.conversations, 'conversation', 'conversations')
                || '.'
        else
            counted(places.secrets, 'place holds', 'places hold') || ' a secret, in '
            || counted(places.holders, 'conversation', 'conversations') || ' of '
            || count_text(conversations.conversations) || ': ' || listed(rules.texts)
            || '.'
    end as lead,
    ltrim(
        case
            when conversations.conversations = 0 then 'Ingest a source and build again.'
            when places.secrets = 0 then ''
            when places.left_in = 0 then 'All were removed from the text at ingest.'
            else
                case
                    when places.left_in = places.secrets then 'All'
                    else count_text(places.left_in)
                end
                || ' of them are still in the text that ingest keeps: --redact removes'
                || ' them there too.'
        end
        || case
            when places.personal = 0 then ''
            else
                ' ' || counted(places.personal, 'place', 'places')
                || ' with personal data '
                || case when places.personal = 1 then 'was' else 'were' end
                || ' removed.'
        end
    ) as rest
from places
cross join rules
cross join conversations;

-- part: examples
with

holders as (

    select
        conversation_id,
        rule_id,
        coalesce(min(turn_index), 0) as turn_index,
        count(*) as places
    from secret_findings
    where kind = 'secret'
    group by conversation_id, rule_id

),

ranked as (

    select
        *,
        row_number() over (
            partition by rule_id order by places desc, conversation_id asc
        ) as number_of_rule,
        sum(places) over (partition by rule_id) as places_of_rule
    from holders

)

select
    conversation_id,
    turn_index,
    'holds ' || counted(places, 'place', 'places') || ' of ' || rule_id as why
from ranked
where number_of_rule = 1
order by places_of_rule desc, rule_id asc
limit 6;
