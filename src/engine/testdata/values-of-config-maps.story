# Inputs from ConfigMaps: names with tags, defaults where the key is missing, an error without one.
metadata: {name: wf}
spec:
  entrypoint: main
  templates:
  - name: main
    steps:
    - - name: a
        template: work
      - name: b
        template: absent
    - - name: c
        template: strict
        arguments: {parameters: [{name: x, valueFrom: {configMapKeyRef: {name: gone, key: k}}}]}
  - name: work
    inputs:
      parameters:
      - name: x
        valueFrom: {default: none, configMapKeyRef: {name: settings, key: '{{workflow.name}}'}}
    container: {image: busybox, args: ['{{inputs.parameters.x}}']}
  - name: absent
    inputs:
      parameters:
      - {name: x, valueFrom: {default: none, configMapKeyRef: {name: settings, key: two}}}
    container: {image: busybox, args: ['{{inputs.parameters.x}}']}
  - name: strict
    inputs: {parameters: [{name: x}]}
    container: {image: busybox, args: ['{{inputs.parameters.x}}']}
====
config-map settings Parameter wf=one
start
----
  wf Running
  wf[0] Running
  wf[0].a Pending
  wf[0].b Pending
workflow Running
create-pod wf[0].a
create-pod wf[0].b

show-template wf[0].a
show-template wf[0].b
----
{"name":"work","inputs":{},"container":{"image":"busybox","args":["one"]}}
{"name":"absent","inputs":{},"container":{"image":"busybox","args":["none"]}}

pod wf[0].a succeeded
pod wf[0].b succeeded
----
  wf[0] Succeeded
  wf[0].a Succeeded
  wf[0].b Succeeded
  wf[1] Running
  wf[1].c Pending
  wf Failed: step group deemed errored due to child wf[1].c error: unable to retrieve inputs.parameters.x from ConfigMap: ConfigMap 'gone' does not exist. Please make sure it has the label workflows.argoproj.io/configmap-type: Parameter to be detectable by the controller
  wf[1] Error: step group deemed errored due to child wf[1].c error: unable to retrieve inputs.parameters.x from ConfigMap: ConfigMap 'gone' does not exist. Please make sure it has the label workflows.argoproj.io/configmap-type: Parameter to be detectable by the controller
  wf[1].c Error: unable to retrieve inputs.parameters.x from ConfigMap: ConfigMap 'gone' does not exist. Please make sure it has the label workflows.argoproj.io/configmap-type: Parameter to be detectable by the controller
workflow Failed: step group deemed errored due to child wf[1].c error: unable to retrieve inputs.parameters.x from ConfigMap: ConfigMap 'gone' does not exist. Please make sure it has the label workflows.argoproj.io/configmap-type: Parameter to be detectable by the controller

