using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace AceProxy.Tests.Cluster;

/// <summary>
/// The network before a Redis, which may lose connections without a word: they stay open and nothing passes any more, in neither direction.
/// New ones are not concerned.
/// </summary>
internal sealed class RedisRelay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly ConcurrentDictionary<Way, Task> _ways = [];
    private readonly CancellationTokenSource _stopping = new();
    private readonly int _to;
    private readonly Task _accepting;
    private int _accepted;
    private volatile bool _silencesNewSubscribers;

    public RedisRelay(RedisServer redis)
    {
        _to = redis.Port;
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public (string Name, string Value)[] Settings =>
        [("REDIS_HOST", "127.0.0.1"), ("REDIS_PORT", ((IPEndPoint)_listener.LocalEndpoint).Port.ToString(CultureInfo.InvariantCulture))];

    /// <summary>Connections since the start.</summary>
    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>Whoever subscribes on a connection that comes from now on is not answered there, and nothing before either.</summary>
    public bool SilencesNewSubscribers
    {
        get => _silencesNewSubscribers;
        set => _silencesNewSubscribers = value;
    }

    /// <summary>Those that the client has not closed.</summary>
    public int Open => _ways.Count;

    /// <param name="onlySubscribers">Leaves those alone that are for commands.</param>
    public void Silence(bool onlySubscribers = false)
    {
        foreach (Way way in _ways.Keys)
        {
            way.IsSilent |= way.IsSubscriber || !onlySubscribers;
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _accepting;
        await Task.WhenAll(_ways.Values);
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var way = new Way(await _listener.AcceptSocketAsync(_stopping.Token), new Socket(SocketType.Stream, ProtocolType.Tcp), _silencesNewSubscribers);
                Interlocked.Increment(ref _accepted);
                _ways[way] = Task.CompletedTask;
                _ways[way] = PassAsync(way);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private async Task PassAsync(Way way)
    {
        await Task.Yield();
        using (way.Client)
        using (way.Redis)
        {
            try
            {
                await way.Redis.ConnectAsync(IPAddress.Loopback, _to, _stopping.Token);
                Task back = PassAsync(way, way.Redis, way.Client);
                await PassAsync(way, way.Client, way.Redis);
                way.Redis.Close();
                await back;
            }
            catch (Exception exception) when (exception is OperationCanceledException or SocketException)
            {
                // Nobody listens there, or the test is over.
            }
        }

        _ways.TryRemove(way, out _);
    }

    private async Task PassAsync(Way way, Socket from, Socket to)
    {
        byte[] buffer = new byte[65536];
        try
        {
            int count;
            while ((count = await from.ReceiveAsync(buffer, _stopping.Token)) > 0)
            {
                way.IsSubscriber |= from == way.Client && buffer.AsSpan(0, count).IndexOf("\nSUBSCRIBE\r"u8) >= 0;
                way.IsSilent |= way.IsSubscriber && way.SilencesSubscribers;
                if (!way.IsSilent)
                {
                    await to.SendAsync(buffer.AsMemory(0, count), _stopping.Token);
                }
            }

            if (from == way.Redis && !way.IsSilent)
            {
                way.Client.Shutdown(SocketShutdown.Both);
            }
        }
        catch (Exception exception) when (exception is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Closed by either, or the test is over.
        }
    }

    private sealed class Way(Socket client, Socket redis, bool silencesSubscribers)
    {
        private volatile bool _isSilent;
        private volatile bool _isSubscriber;

        public Socket Client => client;

        public Socket Redis => redis;

        public bool SilencesSubscribers => silencesSubscribers;

        public bool IsSilent
        {
            get => _isSilent;
            set => _isSilent = value;
        }

        public bool IsSubscriber
        {
            get => _isSubscriber;
            set => _isSubscriber = value;
        }
    }
}
