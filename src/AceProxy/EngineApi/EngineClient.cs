using System.Net;
using System.Text;
using System.Text.Json;
using AceProxy.Telemetry;

namespace AceProxy.EngineApi;

/// <summary>One question to an engine, one JSON answer, within one limit.</summary>
internal sealed class EngineClient(IHttpClientFactory clients, TimeProvider time)
{
    /// <summary>The largest reply that is read; <c>search</c> with 200 results is well below.</summary>
    public const int LargestReply = 256 * 1024;

    /// <returns>The parsed reply, which the caller disposes, or who failed and how.</returns>
    /// <exception cref="OperationCanceledException"><paramref name="cancellation"/> fired; the limit running out is a failure, not an exception.</exception>
    /// <param name="headers">Sent besides those of every call.</param>
    public async Task<EngineReply<JsonDocument>> GetJsonAsync(
        Uri uri, TimeSpan limit, CancellationToken cancellation, IEnumerable<KeyValuePair<string, string>>? headers = null)
    {
        using var timeout = new CancellationTokenSource(limit, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, cancellation);
        try
        {
            using HttpClient client = clients.CreateEngineClient();
            foreach ((string name, string value) in headers ?? [])
            {
                client.DefaultRequestHeaders.TryAddWithoutValidation(name, value);
            }

            using HttpResponseMessage response = await client.GetAsync(uri, HttpCompletionOption.ResponseHeadersRead, either.Token);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                return await BadStatusAsync(response, either.Token);
            }

            return await ReadJsonAsync(response, either.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return timeout.IsCancellationRequested
                ? new EngineFailure(EngineFailureKind.TimedOut, $"no reply within {limit.TotalSeconds:0.###} s")
                : new EngineFailure(EngineFailureKind.Unreachable, "no connection in time");
        }
        catch (HttpRequestException exception)
        {
            return FailureOf(exception);
        }
        catch (IOException exception)
        {
            return new EngineFailure(EngineFailureKind.Unreachable, exception.Message);
        }
    }

    /// <summary>Sorts what <see cref="HttpClient"/> throws into whose fault it was.</summary>
    public static EngineFailure FailureOf(HttpRequestException exception) => exception.HttpRequestError switch
    {
        HttpRequestError.InvalidResponse or HttpRequestError.ConfigurationLimitExceeded =>
            new EngineFailure(EngineFailureKind.BadReply, "the reply is not HTTP"),
        _ => new EngineFailure(EngineFailureKind.Unreachable, Words.Tame(exception.InnerException?.Message ?? exception.Message)),
    };

    private static async Task<EngineFailure> BadStatusAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        string words = "";
        if (response.Content.Headers.ContentLength is > 0 and < 1024) // without a length the body may never end
        {
            // As bytes: a character set that nobody knows would make reading it as a string throw.
            words = $": {Words.Tame(Encoding.UTF8.GetString(await response.Content.ReadAsByteArrayAsync(cancellation)))}";
        }

        return new EngineFailure(EngineFailureKind.BadReply, $"HTTP {(int)response.StatusCode}{words}");
    }

    /// <summary>Reads until one JSON value is complete, not until the connection closes: a real engine leaves it open.</summary>
    private static async Task<EngineReply<JsonDocument>> ReadJsonAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        using Stream body = await response.Content.ReadAsStreamAsync(cancellation);
        byte[] buffer = new byte[4096];
        for (int filled = 0; ;)
        {
            int read = await body.ReadAsync(buffer.AsMemory(filled), cancellation);
            filled += read;
            try
            {
                if (TryParse(buffer.AsSpan(0, filled), isFinal: read == 0) is { } document)
                {
                    return document;
                }
            }
            catch (JsonException)
            {
                string start = Encoding.UTF8.GetString(buffer, 0, Math.Min(filled, 60));
                return new EngineFailure(EngineFailureKind.BadReply, $"the reply is not JSON: {Words.Tame(start)}");
            }

            if (filled == buffer.Length)
            {
                if (filled >= LargestReply)
                {
                    return new EngineFailure(EngineFailureKind.BadReply, $"the reply is larger than {LargestReply} bytes");
                }

                Array.Resize(ref buffer, buffer.Length * 2);
            }
        }
    }

    private static JsonDocument? TryParse(ReadOnlySpan<byte> bytes, bool isFinal)
    {
        var reader = new Utf8JsonReader(bytes, isFinal, default);
        return JsonDocument.TryParseValue(ref reader, out JsonDocument? document) ? document
            : isFinal ? throw new JsonException("the reply ends early") : null;
    }
}
