namespace AceProxy.Cluster.Commands;

/// <summary>The way of a command to the workers it is for: this one alone, or all that share its Redis.</summary>
internal interface ICommandChannel
{
    /// <param name="worker">Only that one; null for all.</param>
    Task<CommandReplies> AskAsync(WorkerCommand command, string? worker, CancellationToken cancellation);
}
