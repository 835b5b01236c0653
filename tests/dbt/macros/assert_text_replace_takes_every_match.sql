with

inputs as (

    select
        given,
        expected
    from (
        values
        ('say ''a b'' and "c"', 'say x and x'),
        ('it''s', 'it''s'),
        ('', ''),
        (null, null)
    ) as examples (given, expected)

),

outputs as (

    select
        given,
        expected,
        {{ text_replace('given', "'[^']*'|" ~ '"[^"]*"', 'x') }} as actual
    from inputs

)

select * from outputs
where actual is distinct from expected
