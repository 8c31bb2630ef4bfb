namespace AceProxy.Cluster.Commands;

/// <summary>Carries a command out on this worker; returns JSON. Does not wait.</summary>
internal delegate string AnswerCommand(WorkerCommand command);
