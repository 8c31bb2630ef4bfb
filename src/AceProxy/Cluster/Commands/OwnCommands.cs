using AceProxy.Cluster.Workers;

namespace AceProxy.Cluster.Commands;

/// <summary>A worker by itself: it answers.</summary>
internal sealed class OwnCommands(WorkerIdentity identity, AnswerCommand answer) : ICommandChannel
{
    public Task<CommandReplies> AskAsync(WorkerCommand command, string? worker, CancellationToken cancellation) => Task.FromResult(
        new CommandReplies(worker is null || worker == identity.Id ? [new CommandReply(identity.Id, answer(command))] : [], [], false));
}
