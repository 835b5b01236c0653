-- Whether a call runs a program that says "no" with exit code 1: nothing found, files
-- differ, the test is false. The last program of the shell line decides: what follows
-- the last `|`, `;`, `&&` or line end outside of quotes.
{% set programs =
    'grep|egrep|fgrep|zgrep|rg|ag|ack|pgrep|find|which|diff|cmp|test|git (diff|grep)'
%}
{% set whole = "'[^']*'|" ~ '"[^"]*"|>&|&>' %}

with

stg_tool_calls as (

    select * from {{ ref('stg_tool_calls') }}

),

tool_kinds as (

    select * from {{ ref('tool_kinds') }}

),

runs as (

    select
        stg_tool_calls.conversation_id,
        stg_tool_calls.turn_index,
        stg_tool_calls.block_index,
        coalesce(
            {{ json_field('stg_tool_calls.arguments', 'command') }},
            {{ json_field('stg_tool_calls.arguments', 'cmd') }}
        ) as command
    from stg_tool_calls
    inner join tool_kinds using (tool_name)
    where tool_kinds.tool_kind = 'run'

),

-- a text in quotes becomes one character of a word, each separator a line end
last_programs as (

    select
        conversation_id,
        turn_index,
        block_index,
        ltrim(
            split_part(
                translate(
                    {{ text_replace('command', whole, 'x') }},
                    '|;&"''',
                    repeat(chr(10), 5)
                ),
                chr(10),
                -1
            )
        ) as last_program
    from runs

),

judged as (

    select
        conversation_id,
        turn_index,
        block_index,
        coalesce(
            last_program like '[%'
            or {{ text_matches(
                'last_program',
                '^(sudo +|timeout +[0-9]+[smh]? +)*([^ ]*/)?(' ~ programs ~ ')( |$)'
            ) }},
            false
        ) as is_negative_exit_1
    from last_programs

)

select * from judged
