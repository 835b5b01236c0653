-- What a call of kind run runs, of its shell line the last part: what stands after the
-- last `;`, `&&`, `||` or line end outside of quotes. Its first program says whose
-- words the output is made of, its last, after the last `|`, whose the exit code is.
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
last_parts as (

    select
        conversation_id,
        turn_index,
        block_index,
        split_part(
            translate(
                replace(
                    {{ trim_space(text_replace('command', whole, 'x')) }}, '||', chr(10)
                ),
                ';&"''',
                repeat(chr(10), 4)
            ),
            chr(10),
            -1
        ) as last_part
    from runs

),

read as (

    select
        conversation_id,
        turn_index,
        block_index,
        substring(ltrim(last_part), 1, 200) as last_command,
        substring(ltrim(split_part(last_part, '|', -1)), 1, 200) as last_program
    from last_parts

)

select * from read
