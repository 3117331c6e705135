# What the engine does not run yet is refused with the field's path.
metadata: {name: wf}
spec:
  entrypoint: main
  templates:
  - name: main
    memoize: {key: k, cache: {configMap: {name: c}}}
    container: {image: busybox}
====
start
----
refused: spec.templates[main].memoize: memoize is not supported yet

