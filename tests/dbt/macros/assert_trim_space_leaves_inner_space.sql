with

inputs as (

    select
        given,
        expected
    from (
        values
        (chr(10) || ' a  b' || chr(9) || chr(13), 'a  b'),
        ('  ', ''),
        (null, null)
    ) as examples (given, expected)

),

outputs as (

    select
        given,
        expected,
        {{ trim_space('given') }} as actual
    from inputs

)

select * from outputs
where actual is distinct from expected
