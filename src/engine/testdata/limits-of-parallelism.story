# A template's limit counts its children, the workflow's counts pods; slots go in order.
metadata: {name: wf}
spec:
  entrypoint: main
  parallelism: 3
  templates:
  - name: main
    parallelism: 2
    steps:
    - - {name: a, template: pair, withItems: [x, q, z]}
  - name: pair
    steps:
    - - {name: l, template: work}
      - {name: r, template: work}
  - name: work
    container: {image: busybox}
====
start
----
create-pod wf[0].a(0:x)[0].l
create-pod wf[0].a(0:x)[0].r
create-pod wf[0].a(1:q)[0].l
  wf Running
  wf[0] Running
  wf[0].a(0:x) Running
  wf[0].a(0:x)[0] Running
  wf[0].a(0:x)[0].l Pending
  wf[0].a(0:x)[0].r Pending
  wf[0].a(1:q) Running
  wf[0].a(1:q)[0] Running
  wf[0].a(1:q)[0].l Pending
workflow Running

pod wf[0].a(0:x)[0].l succeeded
----
create-pod wf[0].a(1:q)[0].r
  wf[0].a(0:x)[0].l Succeeded
  wf[0].a(1:q)[0].r Pending

restart
pod wf[0].a(0:x)[0].r succeeded
----
create-pod wf[0].a(2:z)[0].l
  wf[0].a(0:x) Succeeded
  wf[0].a(0:x)[0] Succeeded
  wf[0].a(0:x)[0].r Succeeded
  wf[0].a(2:z) Running
  wf[0].a(2:z)[0] Running
  wf[0].a(2:z)[0].l Pending

pod wf[0].a(1:q)[0].l succeeded
pod wf[0].a(1:q)[0].r succeeded
----
create-pod wf[0].a(2:z)[0].r
  wf[0].a(1:q) Succeeded
  wf[0].a(1:q)[0] Succeeded
  wf[0].a(1:q)[0].l Succeeded
  wf[0].a(1:q)[0].r Succeeded
  wf[0].a(2:z)[0].r Pending

pod wf[0].a(2:z)[0].l succeeded
----
  wf[0].a(2:z)[0].l Succeeded

pod wf[0].a(2:z)[0].r succeeded
----
  wf Succeeded
  wf[0] Succeeded
  wf[0].a(2:z) Succeeded
  wf[0].a(2:z)[0] Succeeded
  wf[0].a(2:z)[0].r Succeeded
workflow Succeeded

