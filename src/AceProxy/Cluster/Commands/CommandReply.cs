namespace AceProxy.Cluster.Commands;

/// <param name="Body">JSON; what it is depends on the command.</param>
internal sealed record CommandReply(string Worker, string Body);
