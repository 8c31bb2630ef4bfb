using System.Text.Json;

namespace AceProxy.Operations;

/// <summary>The JSON body of a request to the API.</summary>
internal static class JsonBody
{
    /// <param name="use">Called with the body's root, which is gone when it returns.</param>
    public static async Task<IResult> UseAsync(HttpRequest request, Func<JsonElement, IResult> use)
    {
        if (!request.HasJsonContentType())
        {
            return AdminResults.Problem(StatusCodes.Status415UnsupportedMediaType, "Not JSON", "The Content-Type has to be application/json.");
        }

        try
        {
            using JsonDocument body = await JsonDocument.ParseAsync(request.Body, cancellationToken: request.HttpContext.RequestAborted);
            return use(body.RootElement);
        }
        catch (JsonException exception)
        {
            return AdminResults.Malformed("body", $"is not JSON: {exception.Message}");
        }
        catch (BadHttpRequestException exception)
        {
            return AdminResults.Problem(exception.StatusCode, "Malformed request", exception.Message); // too large, or cut short
        }
    }
}
