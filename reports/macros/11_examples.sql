-- Conversations to read.
-- noqa: disable=layout.indent,ambiguous.column_count,references.qualification
-- (sqlfluff takes the body of a macro for top level, and its parameters for columns)

-- A place of each of the four labels that stand most often in the table that is named
-- (label, conversation_id, turn_index): the first in one of the conversations. `hits`:
-- how often the label stands there.
create or replace macro largest_examples(places) as table (

    with largest as (

        select
            label,
            count(*) as hits,
            min(conversation_id) as conversation_id
        from query_table(places)
        where label is not null
        group by label
        order by hits desc, label asc
        limit 4

    )

    select
        largest.label,
        largest.hits,
        largest.conversation_id,
        min(found.turn_index) as turn_index
    from largest
    inner join query_table(places) as found
        on
            largest.conversation_id = found.conversation_id
            and largest.label = found.label
    group by largest.label, largest.hits, largest.conversation_id

);

-- Of each metric and each of the two that are compared the conversation in which it is
-- largest, none where there are not two. A table like fct_steps says at which turn one
-- sees it: errors at the first, thinking and calls at the step with the most, all
-- others at the last step.
create or replace macro compared_examples(
    steps_table, metrics_table, cases_table
) as table
    with largest as (
        select
            label,
            is_first,
            conversation_id,
            hits,
            cases
        from query_table(cases_table)
        qualify
            row_number() over (
                partition by label, is_first
                order by hits / cases desc, cases desc, conversation_id asc
            ) = 1
    ),

    seen as (
        select
            conversation_id,
            max(turn_index) as last_turn,
            min(turn_index) filter (where error_count > 0) as error_turn,
            max_by(turn_index, (think_words, -turn_index)) as thinking_turn,
            max_by(turn_index, (call_count, -turn_index)) as calling_turn
        from query_table(steps_table)
        group by conversation_id
    )

    select
        largest.*,
        metric_names.place,
        metric_names.name,
        metric_names.unit,
        case
            when largest.is_first then compared.first_name
            else compared.second_name
        end as arm_name,
        coalesce(
            case
                when largest.label in ('errors_per_call', 'resolved_errors')
                    then seen.error_turn
                when largest.label in ('steps_with_thought', 'think_words_per_step')
                    then seen.thinking_turn
                when largest.label in ('calls', 'calls_per_calling_step')
                    then seen.calling_turn
            end,
            seen.last_turn,
            0
        ) as turn_index
    from largest
    inner join metric_names() as metric_names on largest.label = metric_names.label
    inner join comparison(metrics_table) as compared
        on compared.second_arm is not null
    left join seen on largest.conversation_id = seen.conversation_id;
