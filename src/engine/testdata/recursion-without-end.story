metadata: {name: wf}
spec:
  entrypoint: main
  templates:
  - name: main
    steps:
    - - {name: again, template: main}
====
start
----
  wf Failed: child 'wf-1998592656' failed
  wf[0] Failed: child 'wf-1998592656' failed
  wf[0].again Failed: child 'wf-2234458800' failed
  … 195 more …
  wf[0].again[0].aga … .again[0].again[0].again[0].again Error: Maximum recursion depth exceeded. See https://argo-workflows.readthedocs.io/en/latest/scaling/#maximum-recursion-depth
workflow Failed: child 'wf-1998592656' failed

