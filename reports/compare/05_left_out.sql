-- title: What each way of comparing uses, and what it leaves out
-- question: What does the comparison leave out?
-- chart: table
-- unit: Conversations and prompts of the first and the second (named in the answer),
--   and the share of all that it has.
-- note: Raw uses all of them. A category is on common support where both have at least
--   10 prompt groups in it; where there is none, all categories that both have count.
-- note: Prompts are the same by the task id where one is recorded, else by the
--   normalised text of the first user turn.
-- columns: what=What | first_count=First | first_share=Of the first %
--   | second_count=Second | second_share=Of the second %
-- empty: There is no conversation.

-- part: base
create or replace temp table used_conversations as

with

cases as (

    select *
    from compared_cases('fct_metrics')
    where label = 'steps'

),

prompts as (

    select
        prompt_group_id,
        bool_or(is_first) and bool_or(not is_first) as is_shared
    from cases
    where prompt_group_id is not null
    group by prompt_group_id

),

strata as (

    select
        stratum,
        bool_or(is_first) and bool_or(not is_first) as is_in_both,
        least(
            count(distinct group_id) filter (where is_first),
            count(distinct group_id) filter (where not is_first)
        ) >= 10 as is_enough
    from cases
    group by stratum

),

supported as (

    select
        stratum,
        case
            when bool_or(is_enough) over () then is_enough
            else is_in_both
        end as is_supported
    from strata

)

select
    cases.conversation_id,
    cases.is_first,
    cases.prompt_group_id,
    cases.stratum,
    supported.is_supported,
    coalesce(prompts.is_shared, false) as is_shared
from cases
inner join supported on cases.stratum = supported.stratum
left join prompts on cases.prompt_group_id = prompts.prompt_group_id;

-- part: rows
with

counts as (

    select
        is_first,
        count(*) as conversations,
        count(*) filter (where is_supported) as supported,
        count(*) filter (where not is_supported) as unsupported,
        count(*) filter (where is_shared) as shared,
        count(*) filter (where not is_shared) as unshared,
        count(distinct prompt_group_id) as prompts,
        count(distinct prompt_group_id) filter (where is_shared) as shared_prompts,
        count(distinct prompt_group_id) filter (where not is_shared) as own_prompts
    from used_conversations
    group by is_first

),

names (place, what) as (

    values
    (1, 'Conversations'),
    (2, 'in categories on common support'),
    (3, 'left out at equal categories'),
    (4, 'of prompts that both have'),
    (5, 'left out on the same prompts'),
    (6, 'Prompts'),
    (7, 'that both have'),
    (8, 'only in this one')

),

lines as (

    select
        names.place,
        names.what,
        counts.is_first,
        case when names.place < 6 then counts.conversations else counts.prompts end
            as whole,
        case names.place
            when 1 then counts.conversations
            when 2 then counts.supported
            when 3 then counts.unsupported
            when 4 then counts.shared
            when 5 then counts.unshared
            when 6 then counts.prompts
            when 7 then counts.shared_prompts
            else counts.own_prompts
        end as n
    from counts
    cross join names

),

shares as (

    select
        *,
        cast(n as double) / nullif(whole, 0) as share
    from lines

)

select
    what,
    max(n) filter (where is_first) as first_count,
    max(share) filter (where is_first) as first_share,
    max(n) filter (where not is_first) as second_count,
    max(share) filter (where not is_first) as second_share
from shares
group by place, what
order by place asc;

-- part: answer
with

prompts as (

    select
        count(distinct prompt_group_id) filter (where is_shared) as shared_count,
        count(distinct prompt_group_id) filter (where is_first and not is_shared)
            as first_only,
        count(distinct prompt_group_id) filter (where not is_first and not is_shared)
            as second_only,
        avg(cast(is_supported as int)) filter (where is_first) as first_supported,
        avg(cast(is_supported as int)) filter (where not is_first) as second_supported,
        avg(cast(is_shared as int)) filter (where is_first) as first_shared,
        avg(cast(is_shared as int)) filter (where not is_first) as second_shared,
        list(distinct short_text(stratum, 40) order by short_text(stratum, 40) asc)
        filter (where not is_supported and stratum <> '') as unsupported,
        count(*) filter (where prompt_group_id is null) as without_prompt
    from used_conversations

)

select
    case
        when len(compared.arms) = 0 then 'There is nothing to compare.'
        when compared.second_arm is null
            then
                'There is only one ' || compared.by_what || ', '
                || compared.first_name || ': nothing is compared, nothing left out.'
        else
            counted(prompts.shared_count, 'prompt is', 'prompts are')
            || ' in both: on the same prompts leaves out '
            || share_text(1 - prompts.first_shared) || ' of the conversations of '
            || compared.first_name || ' and ' || share_text(1 - prompts.second_shared)
            || ' of ' || compared.second_name || '; at equal categories '
            || share_text(1 - prompts.first_supported) || ' and '
            || share_text(1 - prompts.second_supported) || '.'
    end as lead,
    case
        when compared.second_arm is null then ''
        else
            'First is ' || compared.first_name || ', second ' || compared.second_name
            || '. Prompts that only one of them has: '
            || count_text(prompts.first_only) || ' and '
            || count_text(prompts.second_only) || '.'
            || case
                when prompts.unsupported is null then ''
                else
                    ' Categories left out: '
                    || array_to_string(prompts.unsupported[:5], ', ')
                    || case when len(prompts.unsupported) > 5 then ', …' else '' end
                    || '.'
            end
            || case
                when prompts.without_prompt = 0 then ''
                else
                    ' Without a prompt: '
                    || counted(
                        prompts.without_prompt, 'conversation', 'conversations'
                    )
                    || '.'
            end
            || case
                when compared.by_what <> 'model' or compared.unnamed_count = 0 then ''
                else
                    ' Without a recorded model, so in neither: '
                    || counted(
                        compared.unnamed_count, 'conversation', 'conversations'
                    )
                    || '.'
            end
    end
    || others_text(compared.by_what, compared.other_arms) as rest
from comparison('fct_metrics') as compared
cross join prompts;

-- part: examples
-- two of each that are left out, at the text by which prompts are told apart
with

reasons as (

    select
        conversation_id,
        is_first,
        1 as place,
        'the other has not its prompt' as what
    from used_conversations
    where not is_shared
    union all
    select
        conversation_id,
        is_first,
        2 as place,
        'its category is left out: '
        || coalesce(nullif(short_text(stratum, 40), ''), 'none recorded') as what
    from used_conversations
    where not is_supported

),

numbered as (

    select
        *,
        row_number() over (
            partition by place, is_first order by conversation_id asc
        ) as number_of_place
    from reasons

),

prompts as (

    select
        conversation_id,
        min(turn_index) as turn_index
    from fct_turns
    where role = 'user'
    group by conversation_id

)

select
    numbered.conversation_id,
    coalesce(prompts.turn_index, 0) as turn_index,
    case when numbered.is_first then compared.first_name else compared.second_name end
    || ': ' || numbered.what as why
from numbered
inner join comparison('fct_metrics') as compared on compared.second_arm is not null
left join prompts on numbered.conversation_id = prompts.conversation_id
where numbered.number_of_place <= 2
order by numbered.place asc, numbered.is_first desc, numbered.number_of_place asc;
