# A template's limit counts its children, the workflow's counts pods; slots go in order.
metadata: {name: wf}
spec:
  entrypoint: main
  parallelism: 3
  templates:
  - name: main
    parallelism: 2
    steps:
    - - {name: a, template: pair, withItems: [x, y, z]}
  - name: pair
    steps:
    - - {name: l, template: work}
      - {name: r, template: work}
  - name: work
    container: {image: busybox}
====
start
----

pod wf[0].a(0:x)[0].l succeeded
----

restart
pod wf[0].a(0:x)[0].r succeeded
----

pod wf[0].a(1:y)[0].l succeeded
pod wf[0].a(1:y)[0].r succeeded
----

pod wf[0].a(2:z)[0].l succeeded
----

pod wf[0].a(2:z)[0].r succeeded
----
