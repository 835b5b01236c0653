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
