-- title: What each rule costs
-- question: Which rules drop conversations, and how many?
-- chart: bars
-- count: Breaks it
-- unit: Conversations lost to each rule after those above it; at the right, how many
--   break it, whatever else they break. Rules that no conversation breaks are left out.
-- note: Rules and limits are variables of the dbt project (dbt_project.yml). They are
--   tried in the order shown, and the first that is broken is the reason.
-- note: A first user turn that is there twice in a row drops nothing: the export leaves
--   one out.
-- note: An open error is an episode of errors that ends with the conversation: in its
--   last exchange the tool never works again, and no other call follows. Errors that
--   were recovered from are good lessons and drop nothing.
-- columns: label=Rule | value=Lost | n=Break it | alone=Break only it | left_count=Left
-- empty: No conversation breaks a rule.

-- part: base
create or replace temp table funnel as

select
    rule_index,
    replace(rule, '_', ' ') as label,
    cast(sum(lost_count) as bigint) as lost,
    cast(sum(broken_count) as bigint) as broken,
    cast(sum(alone_count) as bigint) as alone,
    cast(sum(left_count) as bigint) as left_count
from finetune_funnel
group by rule_index, rule;

-- part: rows
select
    label,
    lost as value,
    count_text(lost) as text,
    label || ': ' || count_text(lost) || ' lost, '
    || count_text(broken) || ' break it, ' || count_text(alone)
    || ' break no other rule' as tip,
    broken as n,
    alone,
    left_count
from funnel
where broken > 0
order by rule_index asc;

-- part: answer
with

totals as (

    select
        count(*) as conversations,
        count(*) filter (where is_kept) as kept,
        count(*) filter (where is_first_turn_doubled and is_kept) as doubled
    from finetune_selection

),

-- of data of this kind: groups are what is drawn
groups as (

    select
        split_group,
        count(*) filter (where is_kept) as hits,
        count(*) as cases
    from finetune_selection
    group by split_group

),

kept_share as (

    select
        share_of(hits, cases) as share,
        share_low(hits, cases) as low,
        share_high(hits, cases) as high
    from groups

),

largest as (

    select
        label,
        lost
    from funnel
    where lost > 0
    order by lost desc, rule_index asc
    limit 1

)

select
    case
        when totals.conversations = 0 then 'There is no conversation.'
        else
            estimate_text(
                kept_share.share, kept_share.low, kept_share.high,
                totals.conversations, 'conversations'
            )
            || ' are kept: ' || count_text(totals.kept) || '.'
    end as lead,
    case
        when largest.label is null then 'No rule drops any.'
        else
            'Most are lost to the rule "' || largest.label || '": '
            || count_text(largest.lost) || '.'
    end
    || case
        when totals.doubled > 0
            then
                ' The first user turn is there twice in '
                || counted(totals.doubled, 'conversation', 'conversations')
                || ' that are kept; the export repairs them.'
        else ''
    end as rest
from totals
cross join kept_share
left join largest on true;

-- part: examples
with

ranked as (

    select
        finetune_selection.conversation_id,
        finetune_selection.drop_reasons,
        finetune_funnel.rule_index,
        row_number() over (
            partition by finetune_selection.drop_reason
            order by finetune_selection.conversation_id asc
        ) as number_of_reason
    from finetune_selection
    inner join finetune_funnel
        on
            finetune_selection.source = finetune_funnel.source
            and finetune_selection.drop_reason = finetune_funnel.rule

)

select
    conversation_id,
    0 as turn_index,
    'dropped: ' || array_to_string(
        list_transform(
            string_split(drop_reasons, ' '), lambda reason: replace(reason, '_', ' ')
        ),
        ', '
    ) as why
from ranked
where number_of_reason = 1
order by rule_index asc
limit 10;
