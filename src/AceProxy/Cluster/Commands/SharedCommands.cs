using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Threading.Channels;
using AceProxy.Cluster.Connection;
using AceProxy.Cluster.Workers;
using AceProxy.Hosting;
using AceProxy.Telemetry;
using StackExchange.Redis;

namespace AceProxy.Cluster.Commands;

/// <summary>
/// Commands over pub/sub: all workers hear one, those it is for answer on the asker's own channel. A message may be lost; its worker counts as one
/// that did not answer. An order is carried out only while its asker waits, so a worker that stood still does not act on one of long ago.
/// </summary>
internal sealed class SharedCommands(
    RedisConnection redis, ClusterOptions options, WorkerIdentity identity, WorkerDirectory directory, AnswerCommand answer, TimeProvider time,
    ILogger<SharedCommands> logger)
    : SteadyService(time, logger), ICommandChannel
{
    /// <summary>Commands that wait to be carried out here; more are as good as lost. Each takes no time to speak of.</summary>
    private const int MostWaiting = 256;

    private static readonly RedisScript Publish = new("""
        redis.call('SET', KEYS[1], '1', 'PX', ARGV[1])
        return redis.call('PUBLISH', ARGV[2], ARGV[3])
        """);

    private readonly ConcurrentDictionary<string, Gathering> _gatherings = [];
    private readonly Channel<CommandMessage> _commands = Channel.CreateBounded<CommandMessage>(
        new BoundedChannelOptions(MostWaiting) { FullMode = BoundedChannelFullMode.DropWrite, SingleReader = true });

    public async Task<CommandReplies> AskAsync(WorkerCommand command, string? worker, CancellationToken cancellation)
    {
        CommandReply[] Own() => worker is null || worker == identity.Id ? [new CommandReply(identity.Id, answer(command))] : [];
        if (worker == identity.Id)
        {
            return new CommandReplies(Own(), [], false);
        }

        Answer<IReadOnlyList<WorkerRecord>> present = await directory.ReadAsync();
        WorkerRecord[] others = [.. (present.Value ?? []).Where(one => one.Id != identity.Id && (worker is null || worker == one.Id))];
        if (others.Length == 0)
        {
            return new CommandReplies(Own(), [], !present.IsThere);
        }

        string id = NewId();
        var gathering = new Gathering(others);
        _gatherings[id] = gathering;
        try
        {
            var message = new CommandMessage { Id = id, From = identity.Id, To = worker, Command = command };
            Answer<RedisResult> told = await redis.RunAsync(
                Publish, [ClusterKeys.Command(id)], (long)options.ReplyTimeout.TotalMilliseconds, (string)ClusterKeys.Commands!, message.ToString());
            CommandReply[] own = Own(); // the others know by now: none of them takes over what is stopped here
            if (!told.IsThere)
            {
                return new CommandReplies(own, [], true);
            }

            await Task.WhenAny(gathering.All, Task.Delay(options.ReplyTimeout, Time, cancellation));
            cancellation.ThrowIfCancellationRequested();
            return gathering.Replies(own);
        }
        finally
        {
            _gatherings.TryRemove(id, out _);
        }
    }

    protected override async Task RunAsync(CancellationToken cancellation)
    {
        await using IAsyncDisposable commands = await redis.SubscribeAsync(ClusterKeys.Commands, Hear);
        await using IAsyncDisposable replies = await redis.SubscribeAsync(ClusterKeys.Replies(identity.Id), Collect);
        await foreach (CommandMessage message in _commands.Reader.ReadAllAsync(cancellation))
        {
            await CarryOutAsync(message);
        }
    }

    private void Hear(RedisValue text)
    {
        if (CommandMessage.Parse(text) is { Command: not null } message && message.From != identity.Id
            && (message.To is null || message.To == identity.Id))
        {
            _commands.Writer.TryWrite(message);
        }
    }

    private void Collect(RedisValue text)
    {
        if (CommandMessage.Parse(text) is { Body: { } body } message && _gatherings.TryGetValue(message.Id, out Gathering? gathering))
        {
            gathering.Take(new CommandReply(message.From, body));
        }
    }

    private async Task CarryOutAsync(CommandMessage message)
    {
        if (message.Command!.IsOrder
            && !(await redis.AskAsync(database => database.KeyExistsAsync(ClusterKeys.Command(message.Id)))).Value)
        {
            return;
        }

        string body;
        try
        {
            body = answer(message.Command);
        }
        catch (Exception exception)
        {
            ClusterLog.CommandFailed(Logger, exception, message.Command.Kind, Words.Tame(message.From));
            return;
        }

        string reply = new CommandMessage { Id = message.Id, From = identity.Id, Body = body }.ToString();
        await redis.AskAsync(database => database.PublishAsync(ClusterKeys.Replies(message.From), reply));
    }

    private static string NewId() => RandomNumberGenerator.GetString("0123456789abcdefghjkmnpqrstvwxyz", 16);

    /// <summary>The replies to one command as they come in.</summary>
    private sealed class Gathering(WorkerRecord[] asked)
    {
        private readonly Lock _gate = new();
        private readonly Dictionary<string, CommandReply> _replies = new(StringComparer.Ordinal);
        private readonly TaskCompletionSource _all = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task All => _all.Task;

        public void Take(CommandReply reply)
        {
            lock (_gate)
            {
                if (asked.Any(worker => worker.Id == reply.Worker) && _replies.TryAdd(reply.Worker, reply) && _replies.Count == asked.Length)
                {
                    _all.TrySetResult();
                }
            }
        }

        public CommandReplies Replies(IEnumerable<CommandReply> own)
        {
            lock (_gate)
            {
                return new CommandReplies(
                    [.. own.Concat(_replies.Values).OrderBy(reply => reply.Worker, StringComparer.Ordinal)],
                    [.. asked.Where(worker => !_replies.ContainsKey(worker.Id))], false);
            }
        }
    }
}
