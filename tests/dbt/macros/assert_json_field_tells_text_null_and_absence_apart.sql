with

inputs as (

    select
        given,
        expected,
        has_expected
    from (
        values
        ('{"a":"x y"}', 'x y', true),
        ('{"a":""}', '', true),
        ('{"a":null}', null, true),
        ('{"b":1}', null, false),
        ('{"a":{"b":[1]}}', '{"b":[1]}', true),
        ('{"b":{"a":1}}', null, false),
        ('{"a":false}', 'false', true),
        (null, null, false),
        ('{"a.b":1}', null, false)
    ) as examples (given, expected, has_expected)

),

outputs as (

    select
        given,
        expected,
        has_expected,
        {{ json_field('given', 'a') }} as actual,
        {{ json_has_key('given', 'a') }} as has_actual
    from inputs

)

select * from outputs
where
    actual is distinct from expected
    or has_actual is distinct from has_expected
