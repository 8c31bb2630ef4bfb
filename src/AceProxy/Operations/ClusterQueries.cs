using System.Text.Json;
using AceProxy.Cluster.Commands;
using AceProxy.Cluster.Workers;

namespace AceProxy.Operations;

/// <summary>Asks all workers, or one, and puts their answers together.</summary>
internal sealed class ClusterQueries(ICommandChannel channel, WorkerIdentity identity)
{
    private const string RedisIsAway = "Redis is away: only this worker was asked";

    public string ThisWorker => identity.Id;

    /// <summary>Who there is; those that do not answer by their last heartbeat.</summary>
    public async Task<Gathered<WorkerSummary>> DescribeAsync(string? worker, CancellationToken cancellation)
    {
        CommandReplies replies = await channel.AskAsync(new WorkerCommand(CommandKind.DescribeWorker), worker, cancellation);
        Gathered<WorkerSummary> answered = Gather<WorkerSummary>(replies);
        IEnumerable<WorkerSummary> silent = replies.Unanswered.Select(WorkerSummary.Of);
        return answered with { Items = [.. answered.Items.Concat(silent).OrderBy(one => one.Id, StringComparer.Ordinal)] };
    }

    /// <param name="worker">Only that one; null for all.</param>
    public async Task<Gathered<T>> AskAsync<T>(WorkerCommand command, string? worker, CancellationToken cancellation) =>
        Gather<T>(await channel.AskAsync(command, worker, cancellation));

    private static Gathered<T> Gather<T>(CommandReplies replies)
    {
        var items = new List<T>();
        List<string> unanswered = [.. replies.Unanswered.Select(worker => worker.Id)];
        foreach (CommandReply reply in replies.Replies)
        {
            try
            {
                items.AddRange(JsonSerializer.Deserialize<T[]>(reply.Body, JsonSerializerOptions.Web) ?? []);
            }
            catch (JsonException)
            {
                unanswered.Add(reply.Worker); // of a version that tells less; as good as no answer
            }
        }

        return new Gathered<T>(items, unanswered, replies.IsRedisAway ? RedisIsAway : null);
    }
}
