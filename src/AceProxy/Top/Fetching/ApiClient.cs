using System.Net;
using System.Net.Sockets;
using System.Text.Json;
using AceProxy.Operations;
using AceProxy.Telemetry;

namespace AceProxy.Top.Fetching;

/// <summary>The admin API of a cluster, asked at one worker or gateway.</summary>
internal sealed class ApiClient : IDisposable
{
    /// <summary>A worker waits some seconds for the others.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(3);

    private static readonly string[] ProblemFields = ["title", "detail"];

    /// <summary>Answers tell the time in whole seconds, so that less than this is no difference.</summary>
    private static readonly TimeSpan ClockTolerance = TimeSpan.FromSeconds(3);

    private readonly HttpClient _http;
    private readonly TopOptions _options;
    private readonly TimeProvider _time;

    /// <summary>By how much the clock of who is asked is ahead of ours.</summary>
    private TimeSpan _ahead;

    public ApiClient(TopOptions options, TimeProvider time)
    {
        (_options, _time) = (options, time);

        // A redirect would take the key elsewhere.
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, ConnectTimeout = ConnectLimit })
        {
            BaseAddress = options.Url,
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = 256 * 1024 * 1024,
        };
        if (options.ApiKey.Length > 0)
        {
            _http.DefaultRequestHeaders.Add("X-Api-Key", options.ApiKey);
        }
    }

    public async Task<Answer<ClusterLists>> ReadAsync(CancellationToken cancellation)
    {
        // Of now, for whoever answers; who waits for a silent worker says the same a little later.
        (long at, DateTimeOffset now) = (_time.GetTimestamp(), _time.GetUtcNow());
        Task<Answer<StreamList>> streams = GetAsync<StreamList>("api/streams", cancellation);
        Task<Answer<ClientList>> clients = GetAsync<ClientList>("api/clients", cancellation);
        Task<Answer<EngineList>> engines = GetAsync<EngineList>("api/engines", cancellation);
        Task<Answer<WorkerList>> workers = GetAsync<WorkerList>("api/workers", cancellation);
        await Task.WhenAll(streams, clients, engines, workers);
        Trouble?[] troubles = [(await streams).Trouble, (await clients).Trouble, (await engines).Trouble, (await workers).Trouble];
        return (troubles.FirstOrDefault(one => one is { IsRefusal: true }) ?? troubles.FirstOrDefault(one => one is not null)) is { } trouble
            ? new Answer<ClusterLists>(null, trouble)
            : new Answer<ClusterLists>(
                new ClusterLists(
                    (await streams).Value!, (await clients).Value!, (await engines).Value!, (await workers).Value!,
                    at, now + _ahead),
                null);
    }

    /// <summary>Carries an order out.</summary>
    public async Task<Answer<OrderOutcome>> SendAsync(HttpMethod method, string path, CancellationToken cancellation) =>
        await AskAsync(method, path, ReadOutcomeAsync, cancellation);

    /// <summary>The events behind that one, as they come; its body is the caller's.</summary>
    public async Task<HttpResponseMessage> OpenEventsAsync(string lastId, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, "api/events");
        request.Headers.TryAddWithoutValidation("Last-Event-ID", lastId);
        return await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
    }

    public void Dispose() => _http.Dispose();

    private Task<Answer<T>> GetAsync<T>(string path, CancellationToken cancellation)
        where T : class =>
        AskAsync(
            HttpMethod.Get, path,
            async content => await content.ReadFromJsonAsync<T>(JsonSerializerOptions.Web, cancellation) ?? throw new JsonException("it is null"),
            cancellation);

    private async Task<Answer<T>> AskAsync<T>(HttpMethod method, string path, Func<HttpContent, Task<T>> read, CancellationToken cancellation)
        where T : class
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limit.CancelAfter(Patience);
        try
        {
            using var request = new HttpRequestMessage(method, path);
            using HttpResponseMessage response = await _http.SendAsync(request, limit.Token);
            _ahead = response.Headers.Date - _time.GetUtcNow() is { } ahead && ahead.Duration() > ClockTolerance ? ahead : TimeSpan.Zero;
            return response.IsSuccessStatusCode
                ? new Answer<T>(await read(response.Content), null)
                : new Answer<T>(null, await RefusalAsync(response, path));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new Answer<T>(null, new Trouble(false, $"no answer within {Patience.TotalSeconds:0} s"));
        }
        catch (Exception exception) when (exception is HttpRequestException or IOException)
        {
            return new Answer<T>(null, new Trouble(false, Words.Tame(CauseOf(exception))));
        }
        catch (Exception exception) when (exception is JsonException or NotSupportedException or InvalidOperationException)
        {
            string text = $"what it answers to /{path} is not what this version of AceProxy knows: {exception.Message}";
            return new Answer<T>(null, new Trouble(false, Words.Tame(text)));
        }
    }

    /// <summary>A drained engine or worker has another body, which says nothing that the next look does not.</summary>
    private static async Task<OrderOutcome> ReadOutcomeAsync(HttpContent content)
    {
        JsonElement root = await content.ReadFromJsonAsync<JsonElement>();
        return new OrderOutcome(Strings(root, "done"), Strings(root, "unanswered"), null);
    }

    private static string[] Strings(JsonElement root, string name) =>
        root.ValueKind == JsonValueKind.Object && root.TryGetProperty(name, out JsonElement list) && list.ValueKind == JsonValueKind.Array
            ? [.. list.EnumerateArray().Select(one => one.ToString())]
            : [];

    private static string CauseOf(Exception exception) => exception.GetBaseException() switch
    {
        SocketException socket => socket.Message,
        _ => exception is HttpRequestException { InnerException: { } inner } ? inner.Message : exception.Message,
    };

    private async Task<Trouble> RefusalAsync(HttpResponseMessage response, string path)
    {
        int status = (int)response.StatusCode;
        string words = await WordsOfAsync(response.Content);
        return response.StatusCode switch
        {
            HttpStatusCode.Unauthorized when _options.ApiKey.Length == 0 =>
                new Trouble(true, "401, an API key is needed and none was given: set --api-key, API_KEY or API_KEY_FILE"),
            HttpStatusCode.Unauthorized => new Trouble(true, $"401, the key in {_options.KeySource} is not the one it wants"),
            HttpStatusCode.Forbidden =>
                new Trouble(true, "403, it has no API_KEY and so answers its own machine only: run this there, or give both the same API_KEY"),
            HttpStatusCode.NotFound when words.Length == 0 => new Trouble(false, $"404 for /{path}: is this an AceProxy?"),
            _ => new Trouble(false, $"{status} {(words.Length > 0 ? words : response.ReasonPhrase)}"),
        };
    }

    /// <summary>Title and detail of a problem (RFC 9457).</summary>
    private static async Task<string> WordsOfAsync(HttpContent content)
    {
        if (content.Headers.ContentType?.MediaType != "application/problem+json")
        {
            return "";
        }

        try
        {
            JsonElement problem = await content.ReadFromJsonAsync<JsonElement>();
            return Words.Tame(string.Join(
                ": ", ProblemFields.Select(name => problem.TryGetProperty(name, out JsonElement text) ? text.ToString() : "")
                    .Where(text => text.Length > 0)));
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            return "";
        }
    }
}
