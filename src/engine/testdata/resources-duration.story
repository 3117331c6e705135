metadata: {name: wf}
spec:
  entrypoint: main
  arguments: {parameters: [{name: cpu, value: 1500m}]}
  templates:
  - name: main
    steps:
    - - {name: plain, template: plain}
      - {name: large, template: large}
      - {name: short, template: plain}
    - - {name: again, template: again}
  - name: plain
    container: {image: busybox}
  - name: again
    retryStrategy: {limit: "1"}
    container: {image: busybox}
    sidecars: [{name: helper, image: busybox, resources: {requests: {memory: 1Gi}}}]
  - name: large
    script:
      image: busybox
      source: "true"
      resources:
        requests: {cpu: "{{workflow.parameters.cpu}}", memory: 50Mi}
        limits: {cpu: "4", memory: 8Gi, nvidia.com/gpu: 2, ephemeral-storage: 20Gi}
====
start
----
create-pod wf[0].plain
create-pod wf[0].large
create-pod wf[0].short
  wf Running
  wf[0] Running
  wf[0].plain Pending
  wf[0].large Pending
  wf[0].short Pending
workflow Running

pod wf[0].plain succeeded exit=0 ran=25.9s
pod wf[0].short succeeded exit=0 ran=0.9s
pod wf[0].large succeeded exit=0 ran=2m
----
create-pod wf[1].again(0)
  wf[0] Succeeded
  wf[0].plain Succeeded {"exitCode":"0"}
  wf[0].large Succeeded {"exitCode":"0"}
  wf[0].short Succeeded {"exitCode":"0"}
  wf[1] Running
  wf[1].again Running
  wf[1].again(0) Pending

show-status wf[0].plain
----
{"id":"wf-2850234264","name":"wf[0].plain","displayName":"plain","type":"Pod","templateName":"plain","templateScope":"local/wf","phase":"Succeeded","boundaryID":"wf","startedAt":"2026-01-02T03:04:05Z","finishedAt":"2026-01-02T03:04:05Z","progress":"1/1","resourcesDuration":{"cpu":2,"memory":25},"outputs":{"exitCode":"0"},"children":["wf-444446055"]}

# less than a second is nothing
show-status wf[0].short
----
{"id":"wf-4115409686","name":"wf[0].short","displayName":"short","type":"Pod","templateName":"plain","templateScope":"local/wf","phase":"Succeeded","boundaryID":"wf","startedAt":"2026-01-02T03:04:05Z","finishedAt":"2026-01-02T03:04:05Z","progress":"1/1","outputs":{"exitCode":"0"},"children":["wf-444446055"]}

show-status wf[0].large
----
{"id":"wf-4257704635","name":"wf[0].large","displayName":"large","type":"Pod","templateName":"large","templateScope":"local/wf","phase":"Succeeded","boundaryID":"wf","startedAt":"2026-01-02T03:04:05Z","finishedAt":"2026-01-02T03:04:05Z","progress":"1/1","resourcesDuration":{"cpu":180,"ephemeral-storage":240,"memory":60,"nvidia.com/gpu":240},"outputs":{"exitCode":"0"},"children":["wf-444446055"]}

show-status wf[0]
----
{"id":"wf-511703626","name":"wf[0]","displayName":"[0]","type":"StepGroup","templateScope":"local/wf","phase":"Succeeded","boundaryID":"wf","startedAt":"2026-01-02T03:04:05Z","finishedAt":"2026-01-02T03:04:05Z","resourcesDuration":{"cpu":182,"ephemeral-storage":240,"memory":85,"nvidia.com/gpu":240},"nodeFlag":{},"children":["wf-2850234264","wf-4257704635","wf-4115409686"]}

restart
pod wf[1].again(0) failed exit=1 ran=10s
----
create-pod wf[1].again(1)
  wf[1].again(0) Failed {"exitCode":"1"}
  wf[1].again(1) Pending

pod wf[1].again(1) succeeded exit=0 ran=20s
----
  wf Succeeded
  wf[1] Succeeded
  wf[1].again Succeeded {"exitCode":"0"}
  wf[1].again(1) Succeeded {"exitCode":"0"}
workflow Succeeded

show-status wf[1].again
----
{"id":"wf-2133691409","name":"wf[1].again","displayName":"again","type":"Retry","templateName":"again","templateScope":"local/wf","phase":"Succeeded","boundaryID":"wf","startedAt":"2026-01-02T03:04:05Z","finishedAt":"2026-01-02T03:04:05Z","resourcesDuration":{"cpu":6,"memory":336},"outputs":{"exitCode":"0"},"children":["wf-3944954216","wf-1998603317"]}

show-status wf
----
{"id":"wf","name":"wf","displayName":"wf","type":"Steps","templateName":"main","templateScope":"local/wf","phase":"Succeeded","startedAt":"2026-01-02T03:04:05Z","finishedAt":"2026-01-02T03:04:05Z","resourcesDuration":{"cpu":188,"ephemeral-storage":240,"memory":421,"nvidia.com/gpu":240},"children":["wf-511703626"],"outboundNodes":["wf-1998603317"]}

