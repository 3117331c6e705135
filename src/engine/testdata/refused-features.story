# What the engine does not run yet is refused with the field's path.
metadata: {name: wf}
spec:
  entrypoint: main
  templates:
  - name: main
    steps:
    - - {name: a, templateRef: {name: 'x-{{inputs.parameters.y}}', template: t}}
====
start
----
refused: templates[main].a.templateRef.name: a tag that is known only while the workflow runs is not supported yet

