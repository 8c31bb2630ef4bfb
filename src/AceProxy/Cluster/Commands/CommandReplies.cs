using AceProxy.Cluster.Workers;

namespace AceProxy.Cluster.Commands;

/// <summary>What has come of a command.</summary>
/// <param name="Replies">In the order of the workers' names.</param>
/// <param name="Unanswered">Workers that are there and did not answer in time.</param>
/// <param name="IsRedisAway">Only this worker could be asked.</param>
internal sealed record CommandReplies(IReadOnlyList<CommandReply> Replies, IReadOnlyList<WorkerRecord> Unanswered, bool IsRedisAway);
