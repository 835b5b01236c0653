-- title: Tokens per conversation, estimated
-- question: How long are the rows?
-- chart: histogram
-- x: tokens per kept conversation, by an estimate
-- unit: Number of kept conversations by their tokens, at most 40 bars. Marks: the
--   median, and the length that 99% do not pass.
-- note: Tokens are an estimate: characters times a rate of their kind (the table
--   seeds.token_rates), measured with the tokenizers of Qwen3, GPT-4o and Llama 3.1.
--   `tracehouse finetune --tokenizer FOLDER` counts them, and says so beside the rows.
-- note: A row is what an export without options writes: tools, system, user, thoughts,
--   answers, calls and responses. Marks of a chat template are not counted.
-- columns: lo=From tokens | hi=Below | conversations=Conversations | share=Share %
-- empty: No conversation is kept.

-- part: base
create or replace temp table row_tokens as

select
    source,
    conversation_id,
    cast(sum(millitokens) as bigint) // 1000 as tokens
from finetune_passages
group by source, conversation_id
-- where nothing is trained no row is made
having bool_or(is_trained);

-- part: rows
with

limits as (

    select
        max(tokens) as most,
        -- a round number of tokens per bar, as many as it takes to stay within 40 bars
        cast(greatest(ceil((max(tokens) + 1) / 40 / 50) * 50, 50) as bigint) as width
    from row_tokens
    having count(*) > 0

),

-- empty bars too
bins as (

    select
        limits.width,
        unnest(range(0, limits.most + 1, limits.width)) as low
    from limits

),

counted as (

    select
        bins.low,
        bins.width,
        count(row_tokens.conversation_id) as conversations
    from bins
    left join row_tokens
        on
            bins.low <= row_tokens.tokens
            and row_tokens.tokens < bins.low + bins.width
    group by bins.low, bins.width

)

select
    conversations,
    cast(low as double) as lo,
    cast(low + width as double) as hi,
    cast(conversations as double) as value,
    cast(conversations as double) / sum(conversations) over () as share,
    '≈ ' || count_text(low) || '–' || count_text(low + width - 1) || ' tokens: '
    || counted(conversations, 'conversation', 'conversations') as tip
from counted
order by lo asc;

-- part: marks
with

quantiles as (

    select
        quantile_disc(tokens, 0.5) as half,
        quantile_disc(tokens, 0.99) as most
    from row_tokens
    having count(*) > 0

),

lines as (

    select
        1 as place,
        cast(half as double) as at,
        'median ≈ ' || count_text(half) as label
    from quantiles
    union all
    select
        2 as place,
        cast(most as double) as at,
        '99% have ≤ ' || count_text(most) as label
    from quantiles
    where most > half

)

select
    lines.at,
    lines.label
from lines
order by lines.place asc;

-- part: answer
with

whole as (

    select
        count(*) as conversations,
        quantile_disc(tokens, 0.5) as half,
        quantile_disc(tokens, 0.99) as most,
        max(tokens) as longest
    from row_tokens

),

sources as (

    select
        source,
        quantile_disc(tokens, 0.5) as half,
        count(*) as conversations
    from row_tokens
    group by source

),

by_source as (

    select
        list(
            short_text(source, 40) || ' ' || count_text(half)
            order by conversations desc, source asc
        ) as texts
    from sources

)

select
    case
        when whole.conversations = 0 then 'No conversation is kept.'
        when whole.conversations = 1
            then 'The only row has about ' || count_text(whole.longest) || ' tokens.'
        else
            'Half of the rows have at most about ' || count_text(whole.half)
            || ' tokens, 99% at most ' || count_text(whole.most)
            || ' (an estimate from characters).'
    end as lead,
    case
        when whole.conversations = 0 then 'Without one there is no length.'
        when whole.conversations = 1 then ''
        else
            'The longest has about ' || count_text(whole.longest) || '.'
            || compared('Medians', by_source.texts)
    end as rest
from whole
cross join by_source;
