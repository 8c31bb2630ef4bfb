using System.Globalization;
using System.Threading.Channels;
using AceProxy.Cluster.Connection;
using AceProxy.Cluster.Workers;
using AceProxy.Events;
using AceProxy.Hosting;
using StackExchange.Redis;

namespace AceProxy.Cluster.Events;

/// <summary>
/// Brings what this worker tells into Redis and what all tell into this worker's log: one round trip whenever there is something, however much
/// it is. Messages only wake it; what they have missed is found at the next heartbeat.
/// </summary>
internal sealed class SharedEvents(
    RedisConnection redis, ClusterOptions options, WorkerIdentity identity, EventLog log, TimeProvider time, ILogger<SharedEvents> logger)
    : SteadyService(time, logger)
{
    private const int MostWritten = 200;
    private const int MostRead = 500;

    /// <summary>Redis keeps the log, and a writer's last number, for so long after the last event.</summary>
    private static readonly TimeSpan Life = TimeSpan.FromDays(1);

    /// <summary>What comes within it goes together.</summary>
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(20);

    /// <summary>At the end, for what is still to be told.</summary>
    private static readonly TimeSpan LastWords = TimeSpan.FromSeconds(1);

    private readonly Channel<bool> _wakes = Channel.CreateBounded<bool>(
        new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        using var late = new CancellationTokenSource(LastWords, Time);
        while (log.Unwritten(1).Count > 0 && !late.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            if (await ExchangeAsync() is null)
            {
                return;
            }
        }
    }

    protected override async Task RunAsync(CancellationToken cancellation)
    {
        log.Recorded += Wake;
        string own = $" {identity.Id} ";
        await using IAsyncDisposable subscription = await redis.SubscribeAsync(ClusterKeys.EventsTold, message =>
        {
            if (!IsOwn((string?)message ?? "", own))
            {
                Wake();
            }
        });
        try
        {
            while (!cancellation.IsCancellationRequested)
            {
                bool? isAll = await ExchangeAsync();
                if (isAll == false)
                {
                    continue;
                }

                if (isAll == true && log.Unwritten(1).Count > 0)
                {
                    Wake();
                }

                using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
                Task<bool> woken = isAll is null
                    ? new TaskCompletionSource<bool>().Task // away: nothing would come of it sooner
                    : _wakes.Reader.WaitToReadAsync(waiting.Token).AsTask();
                await Task.WhenAny(woken, Task.Delay(options.WorkerHeartbeat, Time, waiting.Token));
                await waiting.CancelAsync();
                await Task.Delay(Pace, Time, cancellation);
                _wakes.Reader.TryRead(out _);
            }
        }
        finally
        {
            log.Recorded -= Wake;
        }
    }

    private static bool IsOwn(string message, string own)
    {
        int space = message.IndexOf(' ');
        return space > 0 && message.AsSpan(space).StartsWith(own, StringComparison.Ordinal);
    }

    private static Told Read(RedisResult reply)
    {
        var parts = (RedisResult[])reply!;
        var entries = (RedisResult[])parts[2]!;
        EventPlace last = entries.Length > 0 && EventPlace.TryParse((string)((RedisResult[])entries[^1]!)[0]!, out EventPlace id) ? id : EventPlace.Zero;
        if (!EventPlace.TryParse((string)parts[1]!, out EventPlace oldest))
        {
            oldest = new EventPlace(long.Parse((string)parts[0]!, CultureInfo.InvariantCulture), 0);
        }

        return new Told(
            [.. entries.Select(Parse).OfType<LoggedEvent>()], entries.Length, last, oldest,
            long.Parse((string)parts[3]!, CultureInfo.InvariantCulture), (int)parts[4] == 1,
            (string)parts[5]!);
    }

    private static LoggedEvent? Parse(RedisResult entry)
    {
        var parts = (RedisResult[])entry!;
        var fields = (string[])parts[1]!;
        string? Field(string name) => Array.IndexOf(fields, name) is >= 0 and var at && at + 1 < fields.Length ? fields[at + 1] : null;
        if (!EventPlace.TryParse((string)parts[0]!, out EventPlace id)
            || !long.TryParse(Field("number"), CultureInfo.InvariantCulture, out long number)
            || Field("writer") is not { } writer || Field("kind") is not { } kind || Field("event") is not { } json
            || kind.AsSpan().ContainsAny('\r', '\n') || json.AsSpan().ContainsAny('\r', '\n'))
        {
            return null; // nobody of ours has written it
        }

        return new LoggedEvent(id, writer, number, kind, Field("stream") is { Length: > 0 } stream ? stream : null, json);
    }

    private void Wake() => _wakes.Writer.TryWrite(true);

    /// <returns>Null: Redis is away. False: there is more to read.</returns>
    private async Task<bool?> ExchangeAsync()
    {
        IReadOnlyList<LoggedEvent> own = log.Unwritten(MostWritten);
        RedisValue[] values =
        [
            EventLog.Most, (long)Life.TotalMilliseconds, log.Newest.ToString(), MostRead, (string)ClusterKeys.EventsTold!, identity.Id,
            .. own.SelectMany(one => new RedisValue[] { one.Number, one.Kind, one.Stream ?? "", one.Json }),
        ];
        Answer<Told> answer = await redis.RunAsync(
            EventScripts.Exchange, Read, [ClusterKeys.Events, ClusterKeys.EventsOf(identity.Id, identity.Started)], values);
        if (!answer.IsThere)
        {
            log.RedisIsAway();
            return null;
        }

        Told told = answer.Value!;
        if (told.Events.Count < told.Entries)
        {
            ClusterLog.BadEvents(Logger, told.Entries - told.Events.Count, (string)ClusterKeys.Events!, told.Last);
        }

        if (told.Beyond.Length > 0)
        {
            ClusterLog.BadEventIds(Logger, (string)ClusterKeys.Events!, told.Beyond);
        }

        bool isAll = told.Entries < MostRead || told.Last == EventPlace.Zero; // no place to go on from
        log.Append(told.Events, told.Oldest, told.Written, isAll, told.IsContinued, told.Last);
        return isAll;
    }

    /// <param name="Events">What Redis has behind the last that was known, as far as it makes sense.</param>
    /// <param name="Entries">How many they are with what does not.</param>
    /// <param name="Last">The id of the last of these, or zero.</param>
    /// <param name="Oldest">The oldest it has, or would have.</param>
    /// <param name="Written">The number of the last event of ours that it has had.</param>
    /// <param name="IsContinued">It still has the last that was known.</param>
    /// <param name="Beyond">An id that made it forget all; empty if there was none.</param>
    private sealed record Told(
        IReadOnlyList<LoggedEvent> Events, int Entries, EventPlace Last, EventPlace Oldest, long Written, bool IsContinued, string Beyond);
}
